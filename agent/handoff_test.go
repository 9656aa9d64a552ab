package agent

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
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

// TestAConversationThatEndsIsNotHandedOff ends a conversation while the session of another
// agent is opened, and while the present one gets other settings.
func TestAConversationThatEndsIsNotHandedOff(t *testing.T) {
	t.Parallel()
	for name, model := range map[string]api.Model{"in a session of its own": "gpt-realtime-mini", "in the same session": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := realtimetest.New(&realtimetest.Config{PingInterval: -1})
				defer srv.Close()
				front, billing := agents(model)
				var c *Conversation
				var opened *realtime.Session
				o := &Options{Connect: func(ctx context.Context, a *Agent) (*realtime.Session, error) {
					s, err := connector(t, srv)(ctx, a)
					if opened = s; c != nil {
						require.NoError(t, c.Close())
					}
					return s, err
				}}
				c, err := Start(t.Context(), nil, front, o)
				require.NoError(t, err)
				events := c.Watch(t.Context())
				if model == "" {
					billing.Toolbox = func(context.Context) ([]Tool, error) { return nil, c.Close() }
				}
				require.Error(t, c.HandOff(t.Context(), billing))
				<-opened.Done()
				assert.Same(t, front, c.Agent())
				for e, err := range events {
					require.NoError(t, err)
					_, moved := e.(*HandedOff)
					assert.False(t, moved)
				}
			})
		})
	}
}

// TestSettingsAreRefreshedBesideAHandOff hands off while the tools of the agent before are
// asked for. It is for the race detector.
func TestSettingsAreRefreshedBesideAHandOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{PingInterval: -1})
		defer srv.Close()
		front, billing := agents("gpt-realtime-mini")
		front.Model = "gpt-realtime"
		front.Toolbox = func(context.Context) ([]Tool, error) {
			time.Sleep(time.Second)
			return nil, nil
		}
		c, err := Start(t.Context(), nil, front, &Options{Connect: connector(t, srv)})
		require.NoError(t, err)
		defer watched(t, c)()
		var refreshing sync.WaitGroup
		refreshing.Go(func() {
			_ = c.Refresh(t.Context()) // The agent is another by then.
		})
		synctest.Wait()
		assert.NoError(t, c.HandOff(t.Context(), billing))
		refreshing.Wait()
	})
}
