package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
)

// faults collects what Tools reports.
type faults struct {
	mu   sync.Mutex
	errs []*CallError
}

func (f *faults) add(_ context.Context, _ *realtime.Session, err *CallError) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errs = append(f.errs, err)
}

// causes returns the causes that were reported since the last call.
func (f *faults) causes() (list []error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, err := range f.errs {
		list = append(list, err.Err)
	}
	f.errs = nil
	return list
}

// ready returns tools of one function "f", which counts its runs.
func ready(runs *int, f *faults) *Tools {
	tools := &Tools{OnError: f.add}
	AddTool(tools, &api.FunctionTool{Name: "f"}, func(context.Context, struct{}) (any, error) {
		*runs++
		return "ran", nil
	})
	return tools
}

// quiet holds that the client sends nothing for an hour. Nothing can be read after it.
func quiet(p *peer.Peer) {
	_ = p.WS.SetReadDeadline(time.Now().Add(time.Hour))
	assert.Nil(p.T, p.Read(), "the client has sent more")
}

// answer reads an event of a type, answers it as the server does, and returns it.
func answer(p *peer.Peer, eventType string) map[string]any {
	m := p.Expect(eventType)
	switch eventType {
	case "conversation.item.create":
		confirm(p, m)
	case "response.create":
		begin(p, m, "answer")
		p.Send(responseEvent("done", "answer", "completed"))
	}
	return m
}

const (
	argumentsDone = `{"type":"response.function_call_arguments.done","event_id":"e","response_id":"r1","item_id":"item_c1","output_index":0,"call_id":"c1","name":"f","arguments":"{}"}`
	doneWithCall  = `{"type":"response.done","event_id":"e","response":{"id":"r1","status":"completed","output":[{"type":"function_call","id":"item_c1","status":"completed","call_id":"c1","name":"f","arguments":"{}"}]}}`
	doneWithout   = `{"type":"response.done","event_id":"e","response":{"id":"r1","status":"completed","output":null}}`
)

// TestCallsAreAnnouncedInManyWays holds that a call runs once and leads to one
// response, however servers announce it.
func TestCallsAreAnnouncedInManyWays(t *testing.T) {
	t.Parallel()
	whole := callDone("r1", "c1", "f", `{}`)
	for name, frames := range map[string][]string{
		"as an item":                     {whole, doneWithout},
		"twice":                          {whole, whole, doneWithout},
		"in every way":                   {argumentsDone, whole, doneWithCall},
		"by its arguments alone":         {argumentsDone, doneWithout},
		"in the response alone":          {doneWithCall},
		"by arguments and the response":  {argumentsDone, doneWithCall},
		"again before its answer":        {whole, doneWithout, whole},
		"again with another response id": {whole, strings.ReplaceAll(whole, "r1", "r0"), doneWithout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				runs, f := 0, &faults{}
				runTools(t, ready(&runs, f), func(p *peer.Peer) {
					p.Send(responseEvent("created", "r1", "in_progress"))
					for _, frame := range frames {
						p.Send(frame)
					}
					answer(p, "conversation.item.create")
					answer(p, "response.create")
					p.Send(whole) // Once more, when nothing is owed any more.
					quiet(p)
				})
				assert.Equal(t, 1, runs)
				assert.Empty(t, f.causes())
			})
		})
	}
}

// TestCallsThatAreCutOffDoNotRun holds that arguments which may not be whole run
// nothing.
func TestCallsThatAreCutOffDoNotRun(t *testing.T) {
	t.Parallel()
	partial := strings.Replace(callDone("r1", "c1", "f", `{"a`), `"status":"completed"`, `"status":"incomplete"`, 1)
	for name, frames := range map[string][]string{
		"an incomplete response": {argumentsDone, responseEvent("done", "r1", "incomplete")},
		"a cancelled response":   {argumentsDone, responseEvent("done", "r1", "cancelled")},
		"an incomplete item":     {argumentsDone, partial, responseEvent("done", "r1", "completed")},
		"an incomplete output":   {argumentsDone, strings.Replace(doneWithCall, `"id":"item_c1","status":"completed"`, `"id":"item_c1","status":"incomplete"`, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				runs, f := 0, &faults{}
				runTools(t, ready(&runs, f), func(p *peer.Peer) {
					p.Send(responseEvent("created", "r1", "in_progress"))
					for _, frame := range frames {
						p.Send(frame)
					}
					quiet(p)
				})
				assert.Zero(t, runs)
			})
		})
	}
}

// TestCallIDsMayComeAgain holds that a server which numbers the calls of each response
// anew has all of them run.
func TestCallIDsMayComeAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runs, f := 0, &faults{}
		runTools(t, ready(&runs, f), func(p *peer.Peer) {
			for n := range 3 {
				id := fmt.Sprintf("r%d", n)
				p.Send(responseEvent("created", id, "in_progress"))
				p.Send(strings.Replace(callDone(id, "call_0", "f", `{}`), "item_call_0", "item_"+id, 1))
				p.Send(responseEvent("done", id, "completed"))
				answer(p, "conversation.item.create")
				answer(p, "response.create")
			}
			quiet(p)
		})
		assert.Equal(t, 3, runs)
	})
}

// TestCallsBesideTheConversationAreLeft holds that a response with conversation "none"
// neither runs functions nor makes the model go on, and does not stand in the way.
func TestCallsBesideTheConversationAreLeft(t *testing.T) {
	t.Parallel()
	beside := func(what, status string) string {
		return strings.Replace(responseEvent(what, "beside", status), `"conversation_id":"c"`, `"conversation_id":null`, 1)
	}
	synctest.Test(t, func(t *testing.T) {
		runs, f := 0, &faults{}
		runTools(t, ready(&runs, f), func(p *peer.Peer) {
			p.Send(beside("created", "in_progress"))
			p.Send(callDone("beside", "aside", "f", `{}`))
			p.Send(responseEvent("created", "r1", "in_progress"))
			p.Send(callDone("r1", "c1", "f", `{}`))
			p.Send(doneWithout)
			assert.Equal(t, "c1", peer.TextAt(answer(p, "conversation.item.create"), "item", "call_id"))
			p.Send(beside("done", "cancelled"))
			answer(p, "response.create")
			p.Send(strings.ReplaceAll(strings.ReplaceAll(argumentsDone, `"r1"`, `"beside"`), "c1", "c2"))
			p.Send(beside("done", "completed"))
			quiet(p)
		})
		assert.Equal(t, 1, runs)
	})
}

// TestRefusedOutputs holds that the model is asked once, and not at all when nothing
// is there to go on with.
func TestRefusedOutputs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		calls   int
		refused map[string]bool
		asks    bool
	}{
		"the only one": {1, map[string]bool{"c0": true}, false},
		"one of two":   {2, map[string]bool{"c0": true}, true},
		"the last":     {2, map[string]bool{"c1": true}, true},
		"all":          {3, map[string]bool{"c0": true, "c1": true, "c2": true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tools, f := NewTools(), &faults{}
				tools.OnError = f.add
				AddTool(tools, &api.FunctionTool{Name: "f"}, func(context.Context, struct{}) (any, error) { return "ran", nil })
				runTools(t, tools, func(p *peer.Peer) {
					p.Send(responseEvent("created", "r1", "in_progress"))
					for n := range tc.calls {
						p.Send(callDone("r1", fmt.Sprintf("c%d", n), "f", `{}`))
					}
					p.Send(doneWithout)
					for range tc.calls {
						m := p.Expect("conversation.item.create")
						if tc.refused[peer.TextAt(m, "item", "call_id")] {
							refuse(p, m, "invalid_tool_call_id")
						} else {
							confirm(p, m)
						}
					}
					if tc.asks {
						answer(p, "response.create")
					}
					quiet(p)
				})
				for _, cause := range f.causes() {
					refused, ok := errors.AsType[*realtime.ServerError](cause)
					require.True(t, ok, "%v", cause)
					assert.Equal(t, "invalid_tool_call_id", refused.Code())
				}
			})
		})
	}
}

// TestServersThatDoNotAnswer holds that the model is asked once for an output that is
// never confirmed, and not again when it does not go on.
func TestServersThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runs, f := 0, &faults{}
		runTools(t, ready(&runs, f), func(p *peer.Peer) {
			p.Send(responseEvent("created", "r1", "in_progress"))
			p.Send(callDone("r1", "c1", "f", `{}`))
			p.Send(doneWithout)
			p.Expect("conversation.item.create")
			answer(p, "response.create")
			p.Send(responseEvent("created", "r2", "in_progress"))
			p.Send(callDone("r2", "c2", "f", `{}`))
			p.Send(responseEvent("done", "r2", "completed"))
			answer(p, "conversation.item.create")
			p.Expect("response.create")
			quiet(p)
		})
		assert.Equal(t, []error{ErrNoFollowUp}, f.causes())
	})
}

// TestAResponseThatIsNotKnownStandsInTheWay holds that a refused response.create is
// repeated after the end of the response that was in the way, or after a while, and not
// without end.
func TestAResponseThatIsNotKnownStandsInTheWay(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]string{
		"its end":       responseEvent("done", "r9", "completed"),
		"its beginning": responseEvent("created", "r9", "in_progress"),
		"nothing":       "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				runs, f := 0, &faults{}
				runTools(t, ready(&runs, f), func(p *peer.Peer) {
					p.Send(responseEvent("created", "r1", "in_progress"))
					p.Send(callDone("r1", "c1", "f", `{}`))
					p.Send(doneWithout)
					answer(p, "conversation.item.create")
					refuse(p, p.Expect("response.create"), realtime.CodeResponseActive)
					synctest.Wait()
					switch name {
					case "its end":
						p.Send(after)
						answer(p, "response.create")
					case "its beginning": // It has seen the output.
						p.Send(after)
					default:
						for range maxAsks - 1 {
							refuse(p, p.Expect("response.create"), realtime.CodeResponseActive)
						}
					}
					quiet(p)
				})
				if name == "nothing" {
					assert.Equal(t, []error{ErrNoFollowUp}, f.causes())
				}
			})
		})
	}
}

// TestOutputsWhoseTextIsRefused holds that the model gets an error instead.
func TestOutputsWhoseTextIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runs, f := 0, &faults{}
		runTools(t, ready(&runs, f), func(p *peer.Peer) {
			p.Send(responseEvent("created", "r1", "in_progress"))
			p.Send(callDone("r1", "c1", "f", `{}`))
			p.Send(doneWithout)
			m := p.Expect("conversation.item.create")
			p.Send(fmt.Sprintf(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"string_above_max_length","message":"m","param":"item.output","event_id":%q}}`,
				peer.TextAt(m, "event_id")))
			m = answer(p, "conversation.item.create")
			assert.JSONEq(t, refusedOutput, peer.TextAt(m, "item", "output"))
			answer(p, "response.create")
			quiet(p)
		})
		assert.Len(t, f.causes(), 1)
	})
}

// TestOutputsWhoseTextIsRefusedTwice holds that the error that stands for an output is
// refused once.
func TestOutputsWhoseTextIsRefusedTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runs, f := 0, &faults{}
		runTools(t, ready(&runs, f), func(p *peer.Peer) {
			p.Send(responseEvent("created", "r1", "in_progress"))
			p.Send(callDone("r1", "c1", "f", `{}`))
			p.Send(doneWithout)
			for range 2 {
				m := p.Expect("conversation.item.create")
				p.Send(fmt.Sprintf(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"odd","message":"m","param":"item.output","event_id":%q}}`,
					peer.TextAt(m, "event_id")))
			}
			quiet(p)
		})
		assert.Len(t, f.causes(), 2)
	})
}

// TestAFaultOfTheErrorHandlerEndsNothing holds that the model gets its output when
// OnError panics.
func TestAFaultOfTheErrorHandlerEndsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tools := &Tools{OnError: func(_ context.Context, _ *realtime.Session, err *CallError) { panic(err) }}
		runTools(t, tools, func(p *peer.Peer) {
			p.Send(responseEvent("created", "r1", "in_progress"))
			p.Send(callDone("r1", "c1", "made_up", `{}`))
			p.Send(doneWithout)
			answer(p, "conversation.item.create")
			answer(p, "response.create")
		})
	})
}

// TestDeletedOutputs holds that the model is not asked to go on with an output that the
// program has deleted.
func TestDeletedOutputs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		runTools(t, ready(&runs, &faults{}), func(p *peer.Peer) {
			p.Send(responseEvent("created", "r1", "in_progress"))
			p.Send(callDone("r1", "c1", "f", `{}`))
			m := answer(p, "conversation.item.create")
			p.Send(fmt.Sprintf(`{"type":"conversation.item.deleted","event_id":"e","item_id":%q}`, peer.TextAt(m, "item", "id")))
			p.Send(doneWithout)
			quiet(p)
		})
	})
}

// TestASlowCallHoldsUpItsOwnResponseAlone holds that the outputs of a later response
// do not wait for a function that an earlier one called.
func TestASlowCallHoldsUpItsOwnResponseAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		runTools(t, weather(release), func(p *peer.Peer) {
			p.Send(responseEvent("created", "r1", "in_progress"))
			p.Send(callDone("r1", "c1", "slow", `{}`))
			p.Send(responseEvent("done", "r1", "completed"))
			p.Send(responseEvent("created", "r2", "in_progress"))
			p.Send(callDone("r2", "c2", "weather", `{}`))
			p.Send(responseEvent("done", "r2", "completed"))
			assert.Equal(t, "c2", peer.TextAt(answer(p, "conversation.item.create"), "item", "call_id"))
			answer(p, "response.create")
			close(release)
			assert.Equal(t, "c1", peer.TextAt(answer(p, "conversation.item.create"), "item", "call_id"))
			answer(p, "response.create")
			quiet(p)
		})
	})
}
