package agent

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestTheSidebandOfACallIsLostAtEachPoint breaks the connection beside a call, whose server
// goes on, between the words of the user and the answer: the function runs once, its output
// is made once, and the user gets an answer.
func TestTheSidebandOfACallIsLostAtEachPoint(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]realtimetest.Fault{
		"asked the first time":   {At: realtimetest.Is(realtimetest.Received, "response.create"), Nth: 1},
		"announced":              {At: realtimetest.Is(realtimetest.Sent, "response.output_item.done"), Nth: 1},
		"announced and complete": {At: realtimetest.Is(realtimetest.Sent, "response.done"), Nth: 1},
		"output written":         {At: realtimetest.Is(realtimetest.Received, "conversation.item.create"), Nth: 2},
		"output confirmed":       {At: realtimetest.Is(realtimetest.Sent, "conversation.item.added"), Nth: 3},
		"asked":                  {At: realtimetest.Is(realtimetest.Received, "response.create"), Nth: 2},
		"being answered":         {At: realtimetest.Is(realtimetest.Sent, "response.output_audio_transcript.delta"), Nth: 1},
		"answered":               {At: realtimetest.Is(realtimetest.Sent, "response.done"), Nth: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fault.Conn, fault.Do = 1, realtimetest.Cut{}
			script := realtimetest.Script{Faults: []realtimetest.Fault{fault}, Rules: []realtimetest.Rule{
				rule(realtimetest.Returned("look"), say("Seen.")),
				rule(realtimetest.Said("look"), calling("look", `{"city":"Porto"}`)),
				rule(nil, say("Seen.")),
			}}
			var runs atomic.Int32
			look := Func("look", "Looks.", func(context.Context, place) (string, error) {
				runs.Add(1)
				time.Sleep(time.Second)
				return "ok", nil
			})
			talkTo(t, realtime.Call("rtc_1"), script, &Agent{Tools: []Tool{look}}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
				t.Helper()
				turn := asked(t, c, "Look!")
				assert.Contains(t, turn.Said, "Seen.")
				time.Sleep(time.Minute)
				assert.LessOrEqual(t, runs.Load(), int32(1))
				require.Len(t, srv.Conns(), 2)
				made := 0
				for _, conn := range srv.Conns() {
					for _, e := range realtimetest.AllSent[*api.ConversationItemAdded](conn) {
						if _, ok := e.Item.(*api.FunctionCallOutput); ok {
							made++
						}
					}
				}
				assert.LessOrEqual(t, made, 1)
			})
		})
	}
}

// TestAnApprovalBesideACallOutlivesItsSideband breaks the connection beside a call after it
// took the answer to a request for an approval: the call at the MCP server is made once, and
// its result is the agent's.
func TestAnApprovalBesideACallOutlivesItsSideband(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]*Options{"noticed": nil, "noticed late": unaware()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := library(10 * time.Second)
			script.Faults = []realtimetest.Fault{{
				Conn: 1, At: realtimetest.Is(realtimetest.Received, "conversation.item.create"), Nth: 2, Do: realtimetest.Cut{},
			}}
			a := archive()
			a.Approve = func(context.Context, *Call) error { return nil }
			talkTo(t, realtime.Call("rtc_1"), script, a, o, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
				t.Helper()
				turn := asked(t, c, "Please erase it.")
				require.Len(t, srv.Conns(), 2)
				assert.Equal(t, "It was erased.", turn.Said)
				require.Len(t, turn.Calls, 1)
				assert.NoError(t, turn.Calls[0].Err)
				assert.Equal(t, "erased", turn.Calls[0].Output)
			})
		})
	}
}
