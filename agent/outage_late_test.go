package agent

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// unaware returns options with which the agent notices a lost connection two seconds late,
// when another is there already: a handler of the program takes that long.
func unaware() *Options {
	m := realtime.NewMux()
	realtime.On(m, func(context.Context, *realtime.Session, *realtime.Reconnecting) error {
		time.Sleep(2 * time.Second)
		return nil
	})
	return &Options{Bridge: &voice.BridgeOptions{Mux: m}}
}

// TestARequestThatWaitsForAConnectionIsMadeOnce asks for speech after the connection was lost
// and before the agent notices. The request waits in the send queue for the next connection:
// it is not made again, and its refusal is noticed.
func TestARequestThatWaitsForAConnectionIsMadeOnce(t *testing.T) {
	t.Parallel()
	refusal := realtimetest.Rule{Times: 1, Do: []realtimetest.Step{
		realtimetest.Refuse{Type: "server_error", Code: api.Value("overloaded"), Message: "later"},
	}}
	for name, c := range map[string]struct {
		rules []realtimetest.Rule
		asks  int
	}{
		"said":    {nil, 1},
		"refused": {[]realtimetest.Rule{refusal}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := realtimetest.Script{Rules: append(c.rules, rule(nil, say("Please hold.")))}
			talk(t, script, &Agent{}, unaware(), func(t *testing.T, conv *Conversation, srv *realtimetest.Server) {
				t.Helper()
				srv.Conns()[0].Drop()
				synctest.Wait()
				begin := time.Now()
				require.NoError(t, conv.Say(t.Context(), "Please hold."))
				assert.Less(t, time.Since(begin), 3*time.Second)
				time.Sleep(time.Minute)
				require.Len(t, srv.Conns(), 2)
				assert.Empty(t, realtimetest.AllReceived[*api.ResponseCreate](srv.Conns()[0]))
				assert.Len(t, realtimetest.AllReceived[*api.ResponseCreate](srv.Conns()[1]), c.asks)
			})
		})
	}
}

// TestAnApprovalIsForTheConnectionThatAskedForIt breaks the connection after it took the
// answer to a request for an approval. The next one knows no such request, and gets no
// answer, although the agent may notice the loss late.
func TestAnApprovalIsForTheConnectionThatAskedForIt(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]*Options{"noticed": nil, "noticed late": unaware()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := library(time.Second)
			script.Faults = []realtimetest.Fault{{
				Conn: 1, At: realtimetest.Is(realtimetest.Received, "conversation.item.create"), Nth: 2, Do: realtimetest.Cut{},
			}}
			a := archive()
			a.Approve = func(context.Context, *Call) error { return nil }
			talk(t, script, a, o, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
				t.Helper()
				turn := asked(t, c, "Please erase it.")
				assert.Equal(t, `You have called erase with {"a":1}. The result: {"error":"the result of the call was lost"}`, turn.Said)
				time.Sleep(time.Minute)
				require.Len(t, srv.Conns(), 2)
				for _, e := range realtimetest.AllReceived[*api.ConversationItemCreate](srv.Conns()[1]) {
					_, late := e.Item.(*api.MCPApprovalResponse)
					assert.False(t, late, "an answer that is not asked for")
				}
			})
		})
	}
}

// TestASayingThatALostConnectionCuts breaks the connection before and after some of a saying
// was heard: it is said again only if nothing was.
func TestASayingThatALostConnectionCuts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after string
		err   error
		asks  int
	}{
		"before": {"response.created", nil, 2},
		"after":  {"response.output_text.delta", ErrCut, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := realtimetest.Script{
				Faults: []realtimetest.Fault{{Conn: 1, At: realtimetest.Is(realtimetest.Sent, c.after), Do: realtimetest.Cut{}}},
				Rules:  []realtimetest.Rule{rule(nil, realtimetest.Wait(time.Second), say("Please hold the line for a moment."))},
			}
			talk(t, script, &Agent{}, nil, func(t *testing.T, conv *Conversation, srv *realtimetest.Server) {
				t.Helper()
				require.ErrorIs(t, conv.Say(t.Context(), "Please hold the line for a moment."), c.err)
				time.Sleep(time.Minute)
				asks := 0
				for _, conn := range srv.Conns() {
					asks += len(realtimetest.AllReceived[*api.ResponseCreate](conn))
				}
				assert.Equal(t, c.asks, asks)
			})
		})
	}
}

// TestTheSessionAfterAHandOffOutlivesAnOutage breaks the connection of the session that has
// taken over before anything has changed there.
func TestTheSessionAfterAHandOffOutlivesAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say("Yes."))}}
		srv := realtimetest.New(&realtimetest.Config{Script: script, PingInterval: -1})
		defer srv.Close()
		front, billing := agents("gpt-realtime-mini")
		c, err := Start(t.Context(), nil, front, &Options{Connect: connector(t, srv)})
		require.NoError(t, err)
		events := c.Watch(t.Context())
		require.NoError(t, c.HandOff(t.Context(), billing))
		srv.Conns()[1].Drop()
		assert.Equal(t, "Yes.", asked(t, c, "Are you there?").Said)
		require.NoError(t, c.Close())
		reconnected := 0
		for e, err := range events {
			require.NoError(t, err)
			if _, ok := e.(*Reconnected); ok {
				reconnected++
			}
		}
		assert.Equal(t, 1, reconnected)
	})
}
