package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// archive is an agent with the tools of an MCP server that the service calls: search
// without an approval, erase with one.
func archive() *Agent {
	return &Agent{Session: &api.RealtimeSessionConfig{Tools: []api.Tool{&api.MCPTool{
		ServerLabel: "docs", ServerURL: new("https://docs.example.com/mcp"),
		RequireApproval: &api.MCPApprovalFilter{Never: &api.MCPToolFilter{ReadOnly: new(true)}},
	}}}}
}

// library is a server whose model calls the tools that the user asks for, and then tells
// what it has got.
func library(delay time.Duration) realtimetest.Script {
	call := func(name string) realtimetest.Step {
		return realtimetest.MCPCall{Server: "docs", Name: name, Arguments: `{"a":1}`}
	}
	return realtimetest.Script{
		MCP: []realtimetest.MCPServer{{Label: "docs", Tools: []realtimetest.MCPServerTool{
			{Name: "search", ReadOnly: true, Output: "found", Delay: delay},
			{Name: "break", ReadOnly: true, Error: &api.MCPToolExecutionError{Message: "broken"}},
			{Name: "erase", Output: "erased", Delay: delay},
		}}},
		Rules: []realtimetest.Rule{
			rule(realtimetest.Said("time"), say("Noon.")),
			rule(func(turn *realtimetest.Turn) bool { return told(turn) == "" && realtimetest.Said("both")(turn) },
				call("search"), calling("weather", `{"city":"Porto"}`)),
			rule(wants("search"), call("search")), rule(wants("break"), call("break")), rule(wants("erase"), call("erase")),
			{Answer: func(turn *realtimetest.Turn) []realtimetest.Step { return []realtimetest.Step{say(told(turn))} }},
		},
	}
}

// wants reports whether the user asks for a call whose result the conversation does not
// hold.
func wants(name string) func(*realtimetest.Turn) bool {
	return func(turn *realtimetest.Turn) bool { return told(turn) == "" && realtimetest.Said(name)(turn) }
}

// told returns the last result that the conversation holds.
func told(turn *realtimetest.Turn) string {
	last := ""
	for _, item := range turn.Items {
		switch x := item.(type) {
		case *api.MCPCall:
			if out, ok := x.Output.Get(); ok {
				last = "It was " + out + "."
			} else if x.Error != nil {
				last = "It failed."
			}
		case *api.MCPApprovalResponse:
			if !x.Approve {
				reason, _ := x.Reason.Get()
				last = "Refused: " + reason + "."
			}
		case *api.SystemMessage:
			last = x.Content[0].Text
		default:
		}
	}
	return last
}

func TestTheModelGoesOnAfterCallsAtAnMCPServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ said, tool, output string }{
		"search": {"It was found.", "search", "found"},
		"break":  {"It failed.", "break", `{"error":"broken"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			talk(t, library(3*time.Second), archive(), nil, func(t *testing.T, conv *Conversation, srv *realtimetest.Server) {
				t.Helper()
				turn := asked(t, conv, "Please "+name+".")
				assert.Equal(t, c.said, turn.Said)
				require.Len(t, turn.Calls, 1)
				call := turn.Calls[0]
				assert.Equal(t, []string{"docs", c.tool, c.output, `{"a":1}`}, []string{call.Server, call.Tool, call.Output, string(call.Arguments)})
				assert.Equal(t, name == "break", call.Err != nil)
				assert.Len(t, realtimetest.AllReceived[*api.ResponseCreate](srv.Conns()[0]), 2)
			})
		})
	}
}

func TestCallsAtAnMCPServerAndFunctionsHaveOneFollowUp(t *testing.T) {
	t.Parallel()
	a := archive()
	a.Tools = []Tool{Func("weather", "", func(ctx context.Context, _ place) (string, error) {
		time.Sleep(time.Minute / 4)
		return "rain", nil
	})}
	talk(t, library(time.Second), a, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		turn := asked(t, c, "Do both.")
		assert.Equal(t, "It was found.", turn.Said)
		assert.Len(t, turn.Calls, 2)
		assert.Len(t, realtimetest.AllReceived[*api.ResponseCreate](srv.Conns()[0]), 2)
	})
}

func TestAPersonDecidesOnCallsAtAnMCPServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		why  error
		said string
	}{"approved": {nil, "It was erased."}, "refused": {errors.New("not today"), "Refused: not today."}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			desk := &Desk{}
			a := archive()
			a.Approve = desk.Approve
			talk(t, library(time.Second), a, nil, func(t *testing.T, conv *Conversation, srv *realtimetest.Server) {
				t.Helper()
				turns := conv.Turns(t.Context())
				_, err := conv.Ask(t.Context(), "Please erase it.")
				require.NoError(t, err)
				time.Sleep(time.Minute)
				require.Len(t, desk.Waiting(), 1)
				call := desk.Waiting()[0]
				assert.Equal(t, []string{"docs", "erase"}, []string{call.Server, call.Tool})
				assert.Equal(t, "Noon.", asked(t, conv, "What time is it?").Said, "nothing else waits")
				require.True(t, desk.Decide(call.ID, c.why))
				for turn, err := range turns {
					require.NoError(t, err)
					if turn.User == "" {
						assert.Equal(t, c.said, turn.Said)
						break
					}
				}
				answers := 0
				for _, e := range realtimetest.AllReceived[*api.ConversationItemCreate](srv.Conns()[0]) {
					if x, ok := e.Item.(*api.MCPApprovalResponse); ok {
						answers++
						assert.Equal(t, c.why == nil, x.Approve)
					}
				}
				assert.Equal(t, 1, answers)
			})
		})
	}
}

func TestNoCallAtAnMCPServerIsLeftWithoutADecision(t *testing.T) {
	t.Parallel()
	forbidden := errors.New("that is forbidden")
	for name, c := range map[string]struct {
		change func(a *Agent)
		said   string
	}{
		"nobody to ask": {func(*Agent) {}, "Refused: " + errNoApprover.Error() + "."},
		"a panic":       {func(a *Agent) { a.Approve = func(context.Context, *Call) error { panic("a fault") } }, "Refused: the function failed."},
		"a guard": {func(a *Agent) {
			a.Guards = []Guard{{Input: func(_ context.Context, call *Call) error {
				if json.Valid(call.Arguments) {
					return forbidden
				}
				return nil
			}}}
		}, "Refused: that is forbidden."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := archive()
			c.change(a)
			talk(t, library(time.Second), a, nil, func(t *testing.T, conv *Conversation, _ *realtimetest.Server) {
				t.Helper()
				turn := asked(t, conv, "Please erase it.")
				assert.Equal(t, c.said, turn.Said)
				require.Len(t, turn.Calls, 1)
				assert.Error(t, turn.Calls[0].Err)
			})
		})
	}
}

// TestALostConnectionDuringACallAtAnMCPServer breaks the connection while the service
// makes a call, and once it has its result but no answer.
func TestALostConnectionDuringACallAtAnMCPServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ after, said string }{
		"during the call":   {"response.mcp_call.in_progress", `You have called search with {"a":1}. The result: {"error":"the result of the call was lost"}`},
		"before the answer": {"rate_limits.updated", `You have called search with {"a":1}. The result: found`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := library(3 * time.Second)
			script.Faults = []realtimetest.Fault{{Conn: 1, At: realtimetest.Is(realtimetest.Sent, c.after), Do: realtimetest.Cut{}}}
			talk(t, script, archive(), nil, func(t *testing.T, conv *Conversation, srv *realtimetest.Server) {
				t.Helper()
				turn := asked(t, conv, "Please search.")
				assert.Equal(t, c.said, turn.Said)
				require.Len(t, srv.Conns(), 2)
				calls := 0
				for _, conn := range srv.Conns() {
					calls += len(realtimetest.AllSent[*api.ResponseMCPCallInProgress](conn))
				}
				assert.Equal(t, 1, calls, "the model does not repeat it")
			})
		})
	}
}

// TestTheNoteAboutACallAtAnMCPServerIsMadeOnce breaks the next connection, too, once it took
// the note about the lost call and once it has confirmed that: the conversation holds one.
func TestTheNoteAboutACallAtAnMCPServerIsMadeOnce(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]func(realtimetest.Entry) bool{
		"taken":     realtimetest.Is(realtimetest.Received, "conversation.item.create"),
		"confirmed": realtimetest.Is(realtimetest.Sent, "conversation.item.added"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := library(3 * time.Second)
			script.Rules = append([]realtimetest.Rule{{When: func(turn *realtimetest.Turn) bool { return notes(turn) > 0 }, Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
				return []realtimetest.Step{say(fmt.Sprint("Notes: ", notes(turn)))}
			}}}, script.Rules...)
			script.Faults = []realtimetest.Fault{
				{Conn: 1, At: realtimetest.Is(realtimetest.Sent, "response.mcp_call.in_progress"), Do: realtimetest.Cut{}},
				{Conn: 2, At: second, Nth: 2, Do: realtimetest.Cut{}}, // The first is what the user wrote.
			}
			talk(t, script, archive(), nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
				t.Helper()
				assert.Equal(t, "Notes: 1", asked(t, c, "Please search.").Said)
				require.Len(t, srv.Conns(), 3)
			})
		})
	}
}

// notes returns how many notes about calls the conversation holds.
func notes(turn *realtimetest.Turn) (n int) {
	for _, item := range turn.Items {
		if _, ok := item.(*api.SystemMessage); ok {
			n++
		}
	}
	return n
}

// TestALostConnectionWhileAPersonDecides withdraws the question: the new connection knows
// no such request, and the model reads that the call was lost. The same happens when the
// person decides while there is no connection.
func TestALostConnectionWhileAPersonDecides(t *testing.T) {
	t.Parallel()
	for name, during := range map[string]time.Duration{"before": 0, "during the outage": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			desk := &Desk{}
			a := archive()
			a.Approve = desk.Approve
			talk(t, library(time.Second), a, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
				t.Helper()
				answer, err := c.Ask(t.Context(), "Please erase it.")
				require.NoError(t, err)
				time.Sleep(10 * time.Second)
				require.Len(t, desk.Waiting(), 1)
				call := desk.Waiting()[0]
				srv.Conns()[0].Drop()
				if during > 0 {
					time.Sleep(during)
					require.Len(t, srv.Conns(), 1)
					require.True(t, desk.Decide(call.ID, nil))
				}
				turn, err := answer.Turn(t.Context())
				require.NoError(t, err)
				assert.Equal(t, `You have called erase with {"a":1}. The result: {"error":"the result of the call was lost"}`, turn.Said)
				assert.Empty(t, desk.Waiting(), "nothing is left to decide")
				time.Sleep(time.Minute)
				for _, conn := range srv.Conns() {
					for _, e := range realtimetest.AllReceived[*api.ConversationItemCreate](conn) {
						_, late := e.Item.(*api.MCPApprovalResponse)
						assert.False(t, late, "an answer that is not asked for")
					}
				}
			})
		})
	}
}

// searched is the note about a call of search.
const searched = `You have called search with {"a":1}. The result: found`

// TestAnsweredCallsAtAnMCPServerAreKnownAfterALostConnection holds that the model does not
// forget a call that it has answered, unless the program has deleted it.
func TestAnsweredCallsAtAnMCPServerAreKnownAfterALostConnection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		deletes     bool // the call
		deletesNote bool
		said        []string // after each outage
	}{
		"kept":             {false, false, []string{searched, searched}},
		"deleted":          {true, false, []string{"", ""}},
		"its note deleted": {false, true, []string{searched, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := library(time.Second)
			script.Rules = append([]realtimetest.Rule{{When: realtimetest.Said("again"), Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
				return []realtimetest.Step{say("I know: " + told(turn))}
			}}}, script.Rules...)
			talk(t, script, archive(), nil, func(t *testing.T, conv *Conversation, srv *realtimetest.Server) {
				t.Helper()
				assert.Equal(t, "It was found.", asked(t, conv, "Please search.").Said)
				if c.deletes {
					for _, x := range conv.Session().Conversation().Items() {
						if call, ok := x.Item.(*api.MCPCall); ok {
							require.NoError(t, conv.Session().Conversation().Delete(t.Context(), call.ID))
						}
					}
				}
				for _, said := range c.said {
					conns := srv.Conns()
					conns[len(conns)-1].Drop()
					time.Sleep(10 * time.Second)
					assert.Equal(t, "I know: "+said, asked(t, conv, "Again?").Said)
					for _, x := range conv.History().Items() {
						if _, note := x.Item.(*api.SystemMessage); note && c.deletesNote {
							require.NoError(t, conv.History().Delete(t.Context(), x.ID()))
						}
					}
				}
				require.Len(t, srv.Conns(), 3)
			})
		})
	}
}

// TestAResponseThatIsCutTakesItsOwnCallsAlong cuts a response while the service makes a call,
// for itself and for another response, whose call was approved.
func TestAResponseThatIsCutTakesItsOwnCallsAlong(t *testing.T) {
	t.Parallel()
	for tool, output := range map[string]string{"search": `{"error":"the result of the call was lost"}`, "erase": "erased"} {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			script := library(10 * time.Second)
			script.Rules = append([]realtimetest.Rule{rule(realtimetest.Said("story"), say("Once upon a time"), realtimetest.Hang{})}, script.Rules...)
			a := archive()
			a.Approve = func(context.Context, *Call) error { return nil }
			talk(t, script, a, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				events := c.Watch(t.Context())
				_, err := c.Ask(t.Context(), "Please "+tool+".")
				require.NoError(t, err)
				time.Sleep(time.Second)
				_, err = c.Ask(t.Context(), "A story, please.")
				require.NoError(t, err)
				time.Sleep(time.Second)
				require.NoError(t, c.Interrupt(t.Context()))
				time.Sleep(time.Minute)
				require.NoError(t, c.Close())
				var outputs []string
				for e, err := range events {
					require.NoError(t, err)
					if r, ok := e.(*Returned); ok {
						outputs = append(outputs, r.Call.Output)
					}
				}
				assert.Equal(t, []string{output}, outputs)
			})
		})
	}
}

func TestAListOfMCPToolsThatFails(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{MCP: []realtimetest.MCPServer{{Label: "docs", Failure: true, Delay: time.Second}}}
	talk(t, script, archive(), nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		for e, err := range c.Watch(t.Context()) {
			require.NoError(t, err)
			w, ok := e.(*Warning)
			require.True(t, ok)
			assert.ErrorContains(t, w.Err, "could not list the tools")
			break
		}
	})
}

// TestARequestOfNoResponseIsNotDecided has an item appear that asks for an approval, such as
// one of another program's response: that program decides.
func TestARequestOfNoResponseIsNotDecided(t *testing.T) {
	t.Parallel()
	a := archive()
	a.Approve = func(context.Context, *Call) error {
		t.Error("asked")
		return nil
	}
	talk(t, realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say("Yes."))}}, a, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		item := &api.MCPApprovalRequest{ID: "mcpr_1", ServerLabel: "docs", Name: "erase", Arguments: "{}"}
		srv.Conns()[0].Send(&api.ConversationItemAdded{Item: item})
		srv.Conns()[0].Send(&api.ConversationItemDone{Item: item})
		time.Sleep(time.Minute)
		assert.Empty(t, asked(t, c, "Are you there?").Calls)
		for _, e := range realtimetest.AllReceived[*api.ConversationItemCreate](srv.Conns()[0]) {
			_, answered := e.Item.(*api.MCPApprovalResponse)
			assert.False(t, answered)
		}
	})
}
