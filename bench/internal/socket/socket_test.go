package socket

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/bench/internal/frames"
	"github.com/voicelane/realtime-go/bench/internal/server"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// TestMain also runs the server's process.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "server" {
		if err := server.Main(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestEverySenderWritesAllOfIt(t *testing.T) {
	t.Parallel()
	srv, err := server.Start(t.Context(), "server")
	require.NoError(t, err)
	defer srv.Close()
	conf := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: x509.NewCertPool()}
	conf.RootCAs.AppendCertsFromPEM([]byte(srv.Roots))
	for _, base := range []string{srv.Plain, srv.TLS} {
		for _, name := range senders {
			s, err := open(context.WithoutCancel(t.Context()), name, base, conf)
			require.NoError(t, err, name)
			for _, size := range sizes {
				writes, err := s.count(frames.PCM(size))
				require.NoError(t, err, "%s, %d", name, size)
				if name != client && name != vendor {
					assert.InDelta(t, 1, writes, 0, "%s, %d", name, size)
				}
			}
			require.NoError(t, s.end())
		}
	}
}

func TestGoals(t *testing.T) {
	t.Parallel()
	m := measured{size: 4800, writes: []float64{1, 1, 2}, samples: []stat.Sample{
		{Peer: bare, Nanos: []float64{1}}, {Peer: ours, Nanos: []float64{2}, Allocs: 1}, {Peer: client, Nanos: []float64{60}},
	}}
	for _, g := range m.goals() {
		assert.True(t, g.Met, g)
	}
	m.writes[1], m.samples[1].Nanos[0] = 2, 2.1
	for _, g := range m.goals() {
		assert.False(t, g.Met, g)
	}
	m.secure = true
	assert.Len(t, m.goals(), 1)
	assert.Len(t, table([]measured{m}, true).Rows, 3)
}
