package agent

import (
	"context"
	"fmt"
	"sync"
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

// outage plays one connection after another. Each play but the last ends in a cut; the
// last one must end quiet.
func outage(t *testing.T, target realtime.Target, tools *Tools, plays ...func(p *peer.Peer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := peer.Serve(t, func(p *peer.Peer) {
			if !assert.LessOrEqual(t, p.N, len(plays)) {
				return
			}
			if target == realtime.Model("m") {
				p.Created()
			}
			_ = p.WS.SetReadDeadline(time.Now().Add(time.Hour)) // A play that waits in vain fails.
			plays[p.N-1](p)
			if p.N == len(plays) {
				quiet(p)
				p.Close(1000, "bye")
			}
		})
		client, err := realtime.NewClient(&realtime.Config{
			APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: network.DialContext, Proxy: realtime.NoProxy,
		})
		require.NoError(t, err)
		s, err := client.Connect(t.Context(), target, &realtime.Options{Reconnect: &realtime.Reconnect{MaxAge: -1}})
		require.NoError(t, err)
		m := realtime.NewMux()
		tools.Attach(m)
		require.NoError(t, m.Run(t.Context(), s))
		tools.Wait()
		require.NoError(t, s.Close())
	})
}

// callItem announces a call with its item, which a reconnection restores.
func callItem(p *peer.Peer, response, id string) {
	p.Send(fmt.Sprintf(`{"type":"conversation.item.added","event_id":"e","item":{"id":"item_%s","type":"function_call","status":"in_progress","call_id":%q,"name":"f","arguments":""}}`, id, id))
	p.Send(callDone(response, id, "f", `{}`))
}

// restored takes the items that a new connection is given, and returns their ids.
func restored(p *peer.Peer, n int) (ids []string) {
	for range n {
		m := p.Expect("conversation.item.create")
		p.Send(fmt.Sprintf(`{"type":"conversation.item.added","event_id":"e","item":{"id":%q,"type":%q,"call_id":%q,"name":"f","arguments":"","output":""}}`,
			peer.TextAt(m, "item", "id"), peer.TextAt(m, "item", "type"), peer.TextAt(m, "item", "call_id")))
		ids = append(ids, peer.TextAt(m, "item", "id"))
	}
	return ids
}

// TestOutages cuts the connection at each stage of a call. The model is asked once on
// each connection whose response the outage did not let end.
func TestOutages(t *testing.T) {
	t.Parallel()
	start := func(p *peer.Peer) {
		p.Send(responseEvent("created", "r1", "in_progress"))
		callItem(p, "r1", "c1")
	}
	for name, plays := range map[string][]func(p *peer.Peer){
		"while the function runs": {
			func(p *peer.Peer) { start(p); synctest.Wait() },
			func(p *peer.Peer) {
				restored(p, 1)
				answer(p, "conversation.item.create")
				answer(p, "response.create")
			},
		},
		"while the output has no answer": {
			func(p *peer.Peer) { start(p); p.Expect("conversation.item.create") },
			func(p *peer.Peer) {
				restored(p, 1)
				answer(p, "conversation.item.create")
				answer(p, "response.create")
			},
		},
		"in the middle of the response": {
			func(p *peer.Peer) { start(p); answer(p, "conversation.item.create"); synctest.Wait() },
			func(p *peer.Peer) { restored(p, 2); answer(p, "response.create") },
		},
		"while the model is asked": {
			func(p *peer.Peer) {
				start(p)
				answer(p, "conversation.item.create")
				p.Send(doneWithout)
				p.Expect("response.create")
			},
			func(p *peer.Peer) { restored(p, 2); answer(p, "response.create") },
		},
		"while the model answers, twice": {
			func(p *peer.Peer) {
				start(p)
				answer(p, "conversation.item.create")
				p.Send(doneWithout)
				begin(p, p.Expect("response.create"), "r2")
				synctest.Wait()
			},
			func(p *peer.Peer) {
				restored(p, 2)
				begin(p, p.Expect("response.create"), "r3")
				synctest.Wait()
			},
			func(p *peer.Peer) { restored(p, 2); answer(p, "response.create") },
		},
		"after the answer": {
			func(p *peer.Peer) {
				start(p)
				answer(p, "conversation.item.create")
				p.Send(doneWithout)
				answer(p, "response.create")
				synctest.Wait()
			},
			func(p *peer.Peer) { restored(p, 2) },
		},
		"before another call": {
			func(p *peer.Peer) { p.Send(responseEvent("created", "r0", "in_progress")); synctest.Wait() },
			func(p *peer.Peer) {
				start(p)
				answer(p, "conversation.item.create")
				p.Send(doneWithout)
				answer(p, "response.create")
			},
		},
		"the call is lost": {
			func(p *peer.Peer) {
				p.Send(responseEvent("created", "r1", "in_progress"))
				p.Send(callDone("r1", "c1", "f", `{}`))
				p.Expect("conversation.item.create")
			},
			func(p *peer.Peer) {
				refuse(p, p.Expect("conversation.item.create"), "invalid_value")
				refuse(p, p.Expect("conversation.item.create"), "invalid_tool_call_id")
			},
		},
		"the voice has the word": {
			func(p *peer.Peer) {
				start(p)
				answer(p, "conversation.item.create")
				p.Send(`{"type":"response.done","event_id":"e","response":{"id":"r1","status":"cancelled","status_details":{"type":"cancelled","reason":"turn_detected"},"output":[]}}`)
				synctest.Wait()
			},
			func(p *peer.Peer) { restored(p, 2); answer(p, "response.create") },
		},
		"the program has the word": {
			func(p *peer.Peer) {
				start(p)
				answer(p, "conversation.item.create")
				p.Send(responseEvent("done", "r1", "cancelled"))
				synctest.Wait()
			},
			func(p *peer.Peer) { restored(p, 2) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tools := &Tools{}
			AddTool(tools, &api.FunctionTool{Name: "f"}, func(context.Context, struct{}) (any, error) {
				if name == "while the function runs" {
					time.Sleep(time.Minute) // The cut comes first, and the new connection.
				}
				return "ran", nil
			})
			outage(t, realtime.Model("m"), tools, plays...)
		})
	}
}

// TestAnswersThatOutagesAlwaysCutOff holds that the model is not asked without end.
func TestAnswersThatOutagesAlwaysCutOff(t *testing.T) {
	t.Parallel()
	cut := func(p *peer.Peer) {
		restored(p, 2)
		begin(p, p.Expect("response.create"), "r2")
		synctest.Wait()
	}
	runs, f := 0, &faults{}
	outage(t, realtime.Model("m"), ready(&runs, f), func(p *peer.Peer) {
		p.Send(responseEvent("created", "r1", "in_progress"))
		callItem(p, "r1", "c1")
		answer(p, "conversation.item.create")
		p.Send(doneWithout)
		begin(p, p.Expect("response.create"), "r2")
		synctest.Wait()
	}, cut, cut, cut, func(p *peer.Peer) { restored(p, 2) })
	assert.Equal(t, []error{ErrNoFollowUp}, f.causes())
}

// TestOutagesOfACall holds that a conversation which goes on at the server is not asked
// again for what it knows.
func TestOutagesOfACall(t *testing.T) {
	t.Parallel()
	for name, plays := range map[string][]func(p *peer.Peer){
		"while the model answers": {
			func(p *peer.Peer) {
				p.Send(responseEvent("created", "r1", "in_progress"))
				callItem(p, "r1", "c1")
				answer(p, "conversation.item.create")
				p.Send(doneWithout)
				begin(p, p.Expect("response.create"), "r2")
				synctest.Wait()
			},
			func(p *peer.Peer) { p.Send(responseEvent("done", "r2", "completed")) },
		},
		"while the model is asked": {
			func(p *peer.Peer) {
				p.Send(responseEvent("created", "r1", "in_progress"))
				callItem(p, "r1", "c1")
				answer(p, "conversation.item.create")
				p.Send(doneWithout)
				p.Expect("response.create") // It has begun, which the client does not see.
			},
			func(p *peer.Peer) {
				refuse(p, p.Expect("response.create"), realtime.CodeResponseActive)
				synctest.Wait()
				p.Send(responseEvent("done", "r2", "completed"))
			},
		},
		"while the output has no answer": {
			func(p *peer.Peer) {
				p.Send(responseEvent("created", "r1", "in_progress"))
				callItem(p, "r1", "c1")
				p.Expect("conversation.item.create")
			},
			func(p *peer.Peer) {
				refuse(p, p.Expect("conversation.item.create"), codeItemExists)
				p.Send(doneWithout)
				answer(p, "response.create")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tools := &Tools{}
			AddTool(tools, &api.FunctionTool{Name: "f"}, func(context.Context, struct{}) (any, error) { return "ran", nil })
			outage(t, realtime.Call("rtc_1"), tools, plays...)
		})
	}
}

// TestOutOfBandCallsOnTheTestServer holds that a program which asks for a response
// beside the conversation is not answered by the conversation.
func TestOutOfBandCallsOnTheTestServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
			{When: realtimetest.Said("classify"), Do: []realtimetest.Step{realtimetest.Call{Name: "f", Arguments: "{}", ID: "call_1"}}},
			{Do: []realtimetest.Step{realtimetest.Say{Text: "sorry"}}},
		}}})
		defer srv.Close()
		client, err := realtime.NewClient(&realtime.Config{APIKey: "any", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy})
		require.NoError(t, err)
		s, err := client.Connect(t.Context(), realtime.Model("m"), nil)
		require.NoError(t, err)
		runs, m := 0, realtime.NewMux()
		ready(&runs, &faults{}).Attach(m)
		var wg sync.WaitGroup
		wg.Go(func() { assert.NoError(t, m.Run(t.Context(), s)) })
		require.NoError(t, s.Send(t.Context(), &api.ResponseCreate{Response: &api.ResponseParams{
			Conversation: new(api.ResponseConversation("none")),
			Input:        []api.InputItem{api.UserText("classify this")},
		}}))
		time.Sleep(time.Minute)
		conn, err := srv.Accept(t.Context())
		require.NoError(t, err)
		assert.Len(t, realtimetest.AllReceived[*api.ResponseCreate](conn), 1)
		assert.Zero(t, runs)
		require.NoError(t, s.Close())
		wg.Wait()
	})
}
