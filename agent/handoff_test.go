package agent

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtimetest"
)

// TestAHandOffIsAnEvent hands off to an agent that cannot take over, and to one that can.
func TestAHandOffIsAnEvent(t *testing.T) {
	t.Parallel()
	front, billing := agents("")
	broken := &Agent{Name: "broken", Toolbox: func(context.Context) ([]Tool, error) { return nil, errors.New("no database") }}
	talk(t, handOffs(), front, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		events := c.Watch(t.Context())
		require.ErrorContains(t, c.HandOff(t.Context(), broken), "no database")
		assert.Same(t, front, c.Agent())
		require.NoError(t, c.HandOff(t.Context(), billing))
		require.NoError(t, c.Close())
		var moves []*HandedOff
		for e, err := range events {
			require.NoError(t, err)
			if h, ok := e.(*HandedOff); ok {
				moves = append(moves, h)
			}
		}
		assert.Equal(t, []*HandedOff{{From: front, To: billing}}, moves)
	})
}

// TestAQuestionMeetsAHandOff asks a server that stalls, and hands off meanwhile: the question
// is asked in the session that takes over, although the one before confirms it at its end.
func TestAQuestionMeetsAHandOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{PingInterval: -1, Script: realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say("Yes."))}}})
		defer srv.Close()
		front, billing := agents("gpt-realtime-mini")
		c, err := Start(t.Context(), nil, front, &Options{Connect: connector(t, srv)})
		require.NoError(t, err)
		defer watched(t, c)()
		srv.Conns()[0].Stall(-1)
		var handing sync.WaitGroup
		handing.Go(func() {
			synctest.Wait()
			assert.NoError(t, c.HandOff(t.Context(), billing))
		})
		assert.Equal(t, "Yes.", asked(t, c, "Are you there?").Said)
		handing.Wait()
		assert.Equal(t, []string{"Are you there?", "Yes."}, words(c.History().Items()))
	})
}
