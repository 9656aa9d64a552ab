package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// stub is a server that does what a test says, and otherwise what the service does. It
// answers every response.create but the first with "Done.".
type stub struct {
	*peer.Peer

	first   func(s *stub, id string)             // what the first response does before it is completed
	output  func(s *stub, m map[string]any) bool // handles an output; false: it is confirmed
	status  string                               // of the first response
	asks    int
	outputs []map[string]any
}

func (s *stub) event(kind string, members map[string]any) {
	members["type"], members["event_id"] = kind, "e"
	data, err := json.Marshal(members)
	assert.NoError(s.T, err)
	s.Send(string(data))
}

func (s *stub) response(kind, id, status string, tag any, output ...any) {
	s.event(kind, map[string]any{"response": map[string]any{
		"id": id, "conversation_id": "conv", "status": status, "output": append([]any{}, output...), "metadata": tag,
	}})
}

func functionCall(id string) map[string]any {
	return map[string]any{"id": "item_" + id, "type": "function_call", "status": "completed", "call_id": id, "name": "f", "arguments": `{}`}
}

func (s *stub) itemDone(response, id string) {
	s.event("response.output_item.done", map[string]any{"response_id": response, "output_index": 0, "item": functionCall(id)})
}

func (s *stub) added(item any) {
	s.event("conversation.item.added", map[string]any{"item": item})
	s.event("conversation.item.done", map[string]any{"item": item})
}

func (s *stub) refuse(m map[string]any, code string) {
	s.event("error", map[string]any{"error": map[string]any{"type": "invalid_request_error", "code": code, "message": "m", "event_id": m["event_id"]}})
}

func (s *stub) serve() {
	s.Created()
	for m := s.Read(); m != nil; m = s.Read() {
		switch m["type"] {
		case "session.update":
			s.event("session.updated", map[string]any{"session": map[string]any{"type": "realtime", "id": "sess_1", "model": "gpt-realtime"}})
		case "conversation.item.create":
			item, _ := m["item"].(map[string]any)
			if item["type"] == "function_call_output" {
				s.outputs = append(s.outputs, item)
				if s.output != nil && s.output(s, m) {
					continue
				}
			}
			s.added(item)
		case "response.create":
			s.respond(m)
		}
	}
}

func (s *stub) respond(m map[string]any) {
	s.asks++
	id := fmt.Sprint("resp_", s.asks)
	tag := map[string]any{tagKey: peer.TextAt(m, "response", "metadata", tagKey)}
	s.response("response.created", id, "in_progress", tag)
	if s.asks == 1 {
		s.first(s, id)
		if s.status != "none" {
			s.response("response.done", id, s.status, tag)
		}
		return
	}
	s.event("response.output_text.delta", map[string]any{"response_id": id, "item_id": "m", "output_index": 0, "content_index": 0, "delta": "Done."})
	s.response("response.done", id, "completed", tag)
}

// kindOfFault is a way in which a server announces a call or takes its output, and what
// must come of it.
type kindOfFault struct {
	first         func(s *stub, id string) // (*stub).announces by default
	output        func(s *stub, m map[string]any) bool
	status        string // of the first response, "completed" by default
	runs          int32
	asks, outputs int
	lost          bool // the output, which is a warning
}

// Ways to announce a call.

func (s *stub) announces(id string) { s.itemDone(id, "c1") }

func (s *stub) announcesTwice(id string) {
	s.itemDone(id, "c1")
	s.itemDone(id, "c1")
}

func (s *stub) sendsArguments(id string) {
	s.event("response.function_call_arguments.done", map[string]any{
		"response_id": id, "item_id": "item_c1", "output_index": 0, "call_id": "c1", "name": "f", "arguments": "{}",
	})
}

// sendsArgumentsAlone names the function at the beginning of its item only, and ends other
// responses before the call is whole, and before its own ends.
func (s *stub) sendsArgumentsAlone(id string) {
	begun := functionCall("c1")
	begun["status"], begun["arguments"] = "in_progress", ""
	s.event("response.output_item.added", map[string]any{"response_id": id, "output_index": 0, "item": begun})
	s.response("response.done", "another", "completed", nil)
	s.event("response.function_call_arguments.done", map[string]any{
		"response_id": id, "item_id": "item_c1", "output_index": 0, "call_id": "c1", "arguments": "{}",
	})
	s.response("response.done", "a third", "completed", nil)
}

// announcesWithoutStatus is announcesAtTheEnd of a server whose items have no status.
func (s *stub) announcesWithoutStatus(id string) { s.endsWithoutStatus(id, "completed") }

// cutsWithoutStatus cuts a response whose call may be a part of it alone.
func (s *stub) cutsWithoutStatus(id string) { s.endsWithoutStatus(id, "failed") }

func (s *stub) endsWithoutStatus(id, how string) {
	call := functionCall("c1")
	delete(call, "status")
	s.response("response.done", id, how, nil, call)
}

func (s *stub) announcesAtTheEnd(id string) {
	s.response("response.done", id, "completed", nil, functionCall("c1"))
}

func (s *stub) announcesWhenCancelled(id string) {
	s.event("response.done", map[string]any{"response": map[string]any{
		"id": id, "conversation_id": "conv", "status": "cancelled", "output": []any{functionCall("c1")},
		"status_details": map[string]any{"type": "cancelled", "reason": "turn_detected"},
	}})
}

func (s *stub) addsTheItem(id string) {
	begun := functionCall("c1")
	begun["status"], begun["arguments"] = "in_progress", ""
	s.event("response.output_item.added", map[string]any{"response_id": id, "output_index": 0, "item": begun})
	s.added(functionCall("c1"))
}

func (s *stub) announcesBeside(string) {
	s.event("response.created", map[string]any{"response": map[string]any{"id": "beside", "conversation_id": nil, "status": "in_progress"}})
	s.itemDone("beside", "c1")
	s.event("response.done", map[string]any{"response": map[string]any{"id": "beside", "conversation_id": nil, "status": "completed", "output": []any{functionCall("c1")}}})
}

func (s *stub) hasTheItem(string) { s.added(functionCall("c1")) }

func (s *stub) deletesTheCall(id string) {
	s.itemDone(id, "c1")
	s.event("conversation.item.deleted", map[string]any{"item_id": "item_c1"})
}

// Ways to take the output of a call.

func (s *stub) refusesOutputs(m map[string]any) bool {
	s.refuse(m, "invalid_value")
	return true
}

func (s *stub) refusesLongOutputs(m map[string]any) bool {
	return peer.TextAt(m, "item", "output") == "ran" && s.refusesOutputs(m)
}

func (s *stub) hasTheOutput(m map[string]any) bool {
	s.refuse(m, itemExists)
	return true
}

func (s *stub) confirmsNoOutput(map[string]any) bool { return true }

// TestKindsOfFaults has a server announce calls and take outputs in every way that was
// seen. The function runs once, the model goes on once, and nothing is asked for after
// that.
func TestKindsOfFaults(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]kindOfFault{
		"announced twice":                         {first: (*stub).announcesTwice, runs: 1, asks: 2, outputs: 1},
		"only in its arguments":                   {first: (*stub).sendsArguments, runs: 1, asks: 2, outputs: 1},
		"without its name":                        {first: (*stub).sendsArgumentsAlone, runs: 1, asks: 2, outputs: 1},
		"only at the end":                         {first: (*stub).announcesAtTheEnd, status: "none", runs: 1, asks: 2, outputs: 1},
		"only at the end, without a status":       {first: (*stub).announcesWithoutStatus, status: "none", runs: 1, asks: 2, outputs: 1},
		"cut, without a status":                   {first: (*stub).cutsWithoutStatus, status: "none", asks: 2},
		"only at the end of a cancelled response": {first: (*stub).announcesWhenCancelled, status: "none", runs: 1, asks: 3, outputs: 1},
		"in the item's own events":                {first: (*stub).addsTheItem, runs: 1, asks: 2, outputs: 1},
		"beside the conversation":                 {first: (*stub).announcesBeside, asks: 1},
		"an item of the history":                  {first: (*stub).hasTheItem, asks: 1},
		"the call is deleted":                     {first: (*stub).deletesTheCall, runs: 1, asks: 2},
		"the output is refused":                   {output: (*stub).refusesOutputs, runs: 1, asks: 2, outputs: 3, lost: true},
		"the output is refused until it is short": {output: (*stub).refusesLongOutputs, runs: 1, asks: 2, outputs: 3},
		"the output is there already":             {output: (*stub).hasTheOutput, runs: 1, asks: 2, outputs: 1},
		"the output is never confirmed":           {output: (*stub).confirmsNoOutput, runs: 1, asks: 2, outputs: 3, lost: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if kind.first == nil {
				kind.first = (*stub).announces
			}
			synctest.Test(t, kind.hold)
		})
	}
}

// hold holds a conversation with a server that has the fault.
func (k kindOfFault) hold(t *testing.T) {
	t.Helper()
	s := &stub{first: k.first, output: k.output, status: cmp.Or(k.status, "completed")}
	network := peer.Serve(t, func(p *peer.Peer) { s.Peer = p; s.serve() })
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: network.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(t, err)
	session, err := client.Connect(t.Context(), realtime.Model("gpt-realtime"), nil)
	require.NoError(t, err)
	var runs atomic.Int32
	tool := Func("f", "", func(context.Context, struct{}) (string, error) {
		runs.Add(1)
		time.Sleep(time.Second)
		return "ran", nil
	})
	conv, err := Start(t.Context(), session, &Agent{Tools: []Tool{tool}}, nil)
	require.NoError(t, err)
	events := conv.Watch(t.Context())
	answer, err := conv.Ask(t.Context(), "Do it.")
	require.NoError(t, err)
	_, err = answer.Turn(t.Context())
	require.NoError(t, err)
	time.Sleep(10 * time.Minute)
	require.NoError(t, conv.Close())
	assert.Equal(t, k.runs, runs.Load(), "runs")
	assert.Equal(t, k.asks, s.asks, "requests for a response")
	assert.Len(t, s.outputs, k.outputs, "outputs")
	assert.Equal(t, k.lost, errors.Is(errors.Join(warnings(t, events)...), ErrOutputLost), "a warning")
}

// TestACallBesideTheConversationBelongsToItsOwner has the program ask for a response
// beside the conversation, whose call its stream has.
func TestACallBesideTheConversationBelongsToItsOwner(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, calling("f", `{}`))}}
	tool := Func("f", "", func(context.Context, struct{}) (string, error) {
		assert.Fail(t, "it runs")
		return "", nil
	})
	talk(t, script, &Agent{Tools: []Tool{tool}}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		stream, err := c.Session().Respond(t.Context(), &api.ResponseCreate{Response: &api.ResponseParams{Conversation: new(api.ResponseConversationNone)}})
		require.NoError(t, err)
		answer, err := stream.Answer(t.Context())
		require.NoError(t, err)
		require.Len(t, answer.Calls, 1)
		time.Sleep(time.Minute)
	})
}

// TestACallAtAnMCPServerBesideTheConversationIsItsOwners is the same for the calls of the
// service, with and without an approval.
func TestACallAtAnMCPServerBesideTheConversationIsItsOwners(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"search", "erase"} {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			script := library(time.Second)
			script.Rules = []realtimetest.Rule{rule(nil, realtimetest.MCPCall{Server: "docs", Name: tool, Arguments: `{}`})}
			a := archive()
			a.Approve = func(context.Context, *Call) error {
				assert.Fail(t, "it is not the agent's")
				return nil
			}
			talk(t, script, a, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
				t.Helper()
				events := c.Watch(t.Context())
				_, err := c.Session().Respond(t.Context(), &api.ResponseCreate{Response: &api.ResponseParams{Conversation: new(api.ResponseConversationNone)}})
				require.NoError(t, err)
				time.Sleep(time.Minute)
				require.NoError(t, c.Close())
				for e, err := range events {
					require.NoError(t, err)
					_, called := e.(*Called)
					assert.False(t, called)
				}
				assert.Len(t, realtimetest.AllReceived[*api.ResponseCreate](srv.Conns()[0]), 1)
			})
		})
	}
}
