package fleet_test

import (
	"errors"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func connect(t *testing.T, url string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, nats.ReconnectBufSize(-1), nats.MaxReconnects(-1))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return nc
}

// empty fails unless the server has neither jobs nor states of calls.
func empty(t *testing.T, nc *nats.Conn) {
	t.Helper()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	s, err := js.Stream(t.Context(), "voice_JOBS_0")
	require.NoError(t, err)
	assert.Zero(t, s.CachedInfo().State.Msgs, "jobs")
	kv, err := js.KeyValue(t.Context(), "voice_CALLS")
	require.NoError(t, err)
	keys, err := kv.Keys(t.Context())
	if !errors.Is(err, jetstream.ErrNoKeysFound) {
		require.NoError(t, err)
	}
	assert.Empty(t, keys)
}
