package agent

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/peer"
)

// TestFunctionsThatDoNotReturnWell holds that the model gets an error and goes on, and
// that the program gets the cause.
func TestFunctionsThatDoNotReturnWell(t *testing.T) {
	t.Parallel()
	type f = func(context.Context, struct{}) (any, error)
	for name, tc := range map[string]struct {
		f            f
		output, text string
		cause        error
	}{
		"exits":         {f: func(context.Context, struct{}) (any, error) { runtime.Goexit(); return "x", nil }, text: "failed", cause: ErrExited},
		"is nil":        {f: nil, text: "failed"},
		"panics":        {f: func(context.Context, struct{}) (any, error) { panic(errPanic) }, text: "failed", cause: errPanic},
		"broken error":  {f: func(context.Context, struct{}) (any, error) { return nil, (*brokenError)(nil) }, text: "failed"},
		"obeys":         {f: func(ctx context.Context, _ struct{}) (any, error) { <-ctx.Done(); return nil, ctx.Err() }, text: "too long", cause: ErrTooSlow},
		"does not obey": {f: func(context.Context, struct{}) (any, error) { time.Sleep(time.Hour); return "late", nil }, text: "too long", cause: ErrTooSlow},
		"large":         {f: func(context.Context, struct{}) (any, error) { return strings.Repeat("x", 1<<20+1), nil }, text: "too large", cause: ErrOutputTooLarge},
		"no JSON":       {f: func(context.Context, struct{}) (any, error) { return func() {}, nil }, text: "json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tools, got := &Tools{}, &faults{}
				tools.OnError = got.add
				AddTool(tools, &api.FunctionTool{Name: "f"}, tc.f)
				runTools(t, tools, func(p *peer.Peer) {
					p.Send(responseEvent("created", "r1", "in_progress"))
					p.Send(callDone("r1", "c1", "f", `{}`))
					p.Send(doneWithout)
					m := answer(p, "conversation.item.create")
					assert.Contains(t, peer.TextAt(m, "item", "output"), `{"error":`)
					assert.Contains(t, peer.TextAt(m, "item", "output"), tc.text)
					answer(p, "response.create")
					quiet(p)
				})
				if causes := got.causes(); tc.cause != nil {
					require.Len(t, causes, 1)
					assert.ErrorIs(t, causes[0], tc.cause)
				}
			})
		})
	}
}

var errPanic = errors.New("secret detail")

// brokenError is an error whose text is a panic when it is nil.
type brokenError struct{ text string }

func (e *brokenError) Error() string { return e.text }

// TestUnknownFunctions holds that a function which was not added is answered, unless
// the program has it.
func TestUnknownFunctions(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]bool{"answered": false, "left": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := &faults{}
				runTools(t, &Tools{OnError: f.add, LeaveUnknown: leave}, func(p *peer.Peer) {
					p.Send(responseEvent("created", "r1", "in_progress"))
					p.Send(callDone("r1", "c1", "made_up", `{}`))
					p.Send(doneWithCall)
					if !leave {
						m := p.Expect("conversation.item.create")
						assert.JSONEq(t, `{"error":"there is no such function"}`, peer.TextAt(m, "item", "output"))
						confirm(p, m)
						answer(p, "response.create")
					}
					quiet(p)
				})
				if !leave {
					assert.Equal(t, []error{ErrUnknownFunction}, f.causes())
				}
			})
		})
	}
}

// TestACallTakesOneGoroutine holds that no second goroutine watches a call.
func TestACallTakesOneGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		runTools(t, weather(release), func(p *peer.Peer) {
			p.Send(responseEvent("created", "r1", "in_progress"))
			synctest.Wait()
			before := runtime.NumGoroutine()
			for n := range 10 {
				p.Send(callDone("r1", fmt.Sprintf("c%d", n), "slow", `{}`))
			}
			synctest.Wait()
			assert.LessOrEqual(t, runtime.NumGoroutine()-before, 10)
			close(release)
			for range 10 {
				answer(p, "conversation.item.create")
			}
		})
	})
}

// TestNilToolsAreNoFault holds that nil pointers are not added.
func TestNilToolsAreNoFault(t *testing.T) {
	t.Parallel()
	f := func(context.Context, struct{}) (any, error) { return "", nil }
	tools := &Tools{}
	AddTool(nil, &api.FunctionTool{Name: "f"}, f)
	AddTool(tools, nil, f)
	assert.Empty(t, tools.List())
	AddTool(tools, &api.FunctionTool{Name: "f"}, f)
	AddTool(tools, &api.FunctionTool{Name: "f", Description: new("second")}, f)
	require.Len(t, tools.List(), 1)
	assert.Equal(t, &api.FunctionTool{Name: "f", Description: new("second")}, tools.List()[0])
}
