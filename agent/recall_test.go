package agent

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// slowly is a library whose model takes three seconds to make a call, and one to tell a story.
// It makes the call that the user has asked for at any time, unless it knows the result.
func slowly(faults ...realtimetest.Fault) realtimetest.Script {
	script := library(time.Second)
	call := func(name string) realtimetest.Rule {
		wanted := func(turn *realtimetest.Turn) bool {
			return told(turn) == "" && slices.ContainsFunc(turn.Items, func(item api.Item) bool {
				m, ok := item.(*api.UserMessage)
				return ok && strings.Contains(*m.Content[0].Text, name)
			})
		}
		return rule(wanted, realtimetest.Wait(3*time.Second), realtimetest.MCPCall{Server: "docs", Name: name, Arguments: `{"a":1}`})
	}
	story := rule(realtimetest.Said("story"), realtimetest.Wait(time.Second), say("Once upon a time."))
	script.Faults, script.Rules = faults, append([]realtimetest.Rule{story, call("search"), call("erase")}, script.Rules...)
	return script
}

// callsMade returns how many calls at an MCP server the model has made, on all connections.
func callsMade(srv *realtimetest.Server) (n int) {
	for _, conn := range srv.Conns() {
		for _, e := range realtimetest.AllSent[*api.ResponseOutputItemAdded](conn) {
			switch e.Item.(type) {
			case *api.MCPCall, *api.MCPApprovalRequest:
				n++
			default:
			}
		}
	}
	return n
}

// TestAnAnsweredCallIsNotRepeatedByARequestThatPrecedesItsNote has the connection break with
// the last event of a response, so that the agent asks for the next one before it has noticed:
// the request reaches the new connection before the note about a call that was answered long
// ago. The model must not make that call again.
func TestAnAnsweredCallIsNotRepeatedByARequestThatPrecedesItsNote(t *testing.T) {
	t.Parallel()
	script := slowly(realtimetest.Fault{Conn: 1, At: realtimetest.Is(realtimetest.Sent, "response.done"), Nth: 3, Do: realtimetest.Cut{}})
	o := unaware()
	realtime.On(o.Bridge.Mux, func(context.Context, *realtime.Session, *api.ResponseDone) error {
		time.Sleep(2 * time.Second)
		return nil
	})
	talk(t, script, archive(), o, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		require.Equal(t, "It was found.", asked(t, c, "Please search.").Said)
		_, err := c.Ask(t.Context(), "A story, please.")
		require.NoError(t, err)
		time.Sleep(time.Second / 2)
		turn := asked(t, c, "What did you search?")
		require.Len(t, srv.Conns(), 2)
		assert.Equal(t, searched, turn.Said)
		assert.Equal(t, 1, callsMade(srv))
	})
}

// TestANudgeDoesNotRepeatALostCall nudges the model around an outage that takes a call at an
// MCP server along, or its place in the conversation: the nudge is answered once the
// conversation holds the note about it.
func TestANudgeDoesNotRepeatALostCall(t *testing.T) {
	t.Parallel()
	const lost = `You have called erase with {"a":1}. The result: {"error":"the result of the call was lost"}`
	for name, c := range map[string]struct {
		call string
		late bool // The agent notices the outage late.
		said string
	}{
		"answered, noticed late":  {"search", true, searched},
		"answered, noticed":       {"search", false, searched},
		"undecided, noticed late": {"erase", true, lost},
		"undecided, noticed":      {"erase", false, lost},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var o *Options
			if c.late {
				o = unaware()
			}
			a := archive()
			a.Approve = (&Desk{}).Approve
			talk(t, slowly(), a, o, func(t *testing.T, conv *Conversation, srv *realtimetest.Server) {
				t.Helper()
				_, err := conv.Ask(t.Context(), "Please "+c.call+".")
				require.NoError(t, err)
				time.Sleep(time.Minute)
				require.Equal(t, 1, callsMade(srv))
				srv.Conns()[0].Drop()
				synctest.Wait()
				answer, err := conv.Nudge(t.Context(), "Go on.")
				require.NoError(t, err)
				turn, err := answer.Turn(t.Context())
				require.NoError(t, err)
				assert.Contains(t, turn.Said, c.said)
				time.Sleep(time.Minute)
				require.Len(t, srv.Conns(), 2)
				assert.Equal(t, 1, callsMade(srv))
			})
		})
	}
}

// TestCallsAtAnMCPServerAreKnownAfterATakeOver resumes in a new session, which cannot be given
// the items of calls at MCP servers: the model knows their results by notes, once each.
func TestCallsAtAnMCPServerAreKnownAfterATakeOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call     string
		answered bool // by the first process
		note     string
	}{
		"answered": {"search", true, searched},
		"returned": {"search", false, searched},
		"refused":  {"erase", true, `You have called erase with {"a":1}. The result: {"error":"not today"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				script := slowly()
				if !c.answered {
					hangs := rule(func(turn *realtimetest.Turn) bool { return told(turn) == "It was found." }, realtimetest.Hang{})
					script.Rules = append([]realtimetest.Rule{hangs}, script.Rules...)
				}
				srv := realtimetest.New(&realtimetest.Config{Script: script, PingInterval: -1})
				defer srv.Close()
				a := archive()
				a.Name, a.Approve = "a", func(context.Context, *Call) error { return errors.New("not today") }
				s := dial(t, srv, "gpt-realtime")
				first, err := Start(t.Context(), s, a, nil)
				require.NoError(t, err)
				_, err = first.Ask(t.Context(), "Please "+c.call+".")
				require.NoError(t, err)
				time.Sleep(time.Minute)
				st, err := first.State()
				require.NoError(t, err)
				require.Equal(t, c.answered, len(st.Calls) == 0)
				require.NoError(t, s.Abort(errKilled))
				require.Error(t, first.Wait(t.Context()))
				second, err := Resume(t.Context(), dial(t, srv, "gpt-realtime"), a, st, nil)
				require.NoError(t, err)
				defer watched(t, second)()
				time.Sleep(time.Minute)
				assert.Equal(t, c.note, asked(t, second, "What was it?").Said)
				assert.Equal(t, 1, callsMade(srv))
				items := realtimetest.AllReceived[*api.ConversationItemCreate](srv.Conns()[1])
				assert.Len(t, slices.DeleteFunc(items, func(e *api.ConversationItemCreate) bool {
					_, note := e.Item.(*api.SystemMessage)
					return !note
				}), 1)
			})
		})
	}
}
