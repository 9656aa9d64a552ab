package realtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLogLinesOfASessionJoin reads the log of two sessions, one of which reconnects, and
// of a dial that fails: each line carries a number, and the session's id once it is
// known.
func TestLogLinesOfASessionJoin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		c := script(t, func(p *peer) {
			switch p.N {
			case 1:
				p.Send(`{"type":"session.created","event_id":"s","session":{"type":"realtime","id":"sess_a"}}`)
				p.Send(`{"type":`)
				time.Sleep(time.Second)
				p.Close(1011, "")
			case 3:
				p.Send(`{"type":"session.created","event_id":"s","session":{"type":"realtime","id":"sess_c"}}`)
			default:
				p.Created()
			}
			p.Drain()
		}, func(c *Config) { c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
		a := connect(t, c, &Options{Reconnect: &Reconnect{}})
		b := connect(t, c, nil)
		reach[*Reconnected](t, a)
		require.NoError(t, a.Close())
		require.NoError(t, b.Close())
		c.set.credentials, c.set.base.Host = Static(Credential{}), "far.example"
		_, err := c.Connect(t.Context(), Model("m"), nil)
		require.ErrorIs(t, err, ErrNoCredential)

		ids := map[float64][]any{}
		for line := range bytes.Lines([]byte(log.String())) {
			var record map[string]any
			require.NoError(t, json.Unmarshal(line, &record))
			n, ok := record["connection"].(float64)
			require.True(t, ok, "%s", line)
			ids[n] = append(ids[n], record["msg"], record["session"])
		}
		assert.Equal(t, []any{
			"realtime connected", nil, "realtime malformed frame", "sess_a", "realtime reconnecting", "sess_a",
			"realtime connected", "sess_a", "realtime reconnected", "sess_c", "realtime session ended", "sess_c",
		}, ids[1])
		assert.Equal(t, []any{"realtime connected", nil, "realtime session ended", "sess_1"}, ids[2])
		assert.Equal(t, []any{"realtime dial failed", nil}, ids[3])
	})
}

// TestSessionLogCostsNothingUnused holds that a session without a logger makes none.
func TestSessionLogCostsNothingUnused(t *testing.T) {
	c, err := NewClient(&Config{APIKey: "k"})
	require.NoError(t, err)
	assert.Zero(t, testing.AllocsPerRun(10, func() {
		if c.set.sessionLog() != c.set.log {
			panic(errors.New("another logger"))
		}
	}))
}
