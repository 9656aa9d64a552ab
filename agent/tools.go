package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Tools runs the functions that the model calls. Each call runs on a goroutine
// of its own, so that a slow one delays neither the events nor the others. Its
// output is sent as soon as it is available. Once every call of a response has its
// output, Tools asks the model to go on: once, not while another response runs,
// and not if a response that began since has seen the outputs already.
//
// After a cancelled response, Tools does not ask: the user's voice or the program
// cancelled it, and decides what comes next.
//
// It asks with [realtime.Session.Request], so that the response.create carries a
// metadata member that the server echoes (see realtime.Options.UntaggedRequests).
//
// Add functions before [Tools.Attach]. One Tools serves one session.
type Tools struct {
	list  []api.Tool
	funcs map[string]toolFunc

	running sync.WaitGroup

	mu     sync.Mutex      // guards what follows; nothing of the session is called under it
	active map[string]bool // responses that run
	open   map[string]bool // calls without an output, by call id
	fresh  map[string]bool // outputs that no response has seen, by call id; true once the server has them
	asked  *asking         // our request for a response until that begins; nil when there is none
	again  bool            // a reason to ask came up meanwhile
	held   bool            // a response was cancelled, and none has begun since
}

// asking is a request for a response. Its fields are guarded by Tools.mu.
type asking struct {
	cancel context.CancelFunc
	id     string // the response's id, once the server has created it
}

type toolFunc func(ctx context.Context, arguments []byte) (string, error)

// NewTools returns a set without functions.
func NewTools() *Tools {
	return &Tools{
		funcs:  map[string]toolFunc{},
		active: map[string]bool{}, open: map[string]bool{}, fresh: map[string]bool{},
	}
}

// AddTool adds a function. Its arguments are decoded from JSON into an A, and
// its result becomes the output: a string as it is, anything else as JSON. An
// error, arguments that do not fit, and a panic become the output {"error": "…"}
// for the model alone; the function itself must log what the program should know.
// The context ends with the session.
func AddTool[A any](t *Tools, tool *api.FunctionTool, f func(ctx context.Context, arguments A) (any, error)) {
	t.list = append(t.list, tool)
	t.funcs[tool.Name] = func(ctx context.Context, raw []byte) (string, error) {
		var arguments A
		if len(raw) == 0 {
			raw = []byte("{}") // A function without parameters.
		}
		if err := json.Unmarshal(raw, &arguments); err != nil {
			return "", fmt.Errorf("the arguments do not fit: %w", err)
		}
		result, err := f(ctx, arguments)
		if err != nil {
			return "", err
		}
		if text, ok := result.(string); ok {
			return text, nil
		}
		out, err := json.Marshal(result)
		return string(out), err
	}
}

// List returns the functions for the session's settings.
func (t *Tools) List() []api.Tool { return t.list }

// Attach registers the handlers of Tools with m. Calls of functions that were not
// added are left to other handlers.
func (t *Tools) Attach(m *realtime.Mux) {
	realtime.On(m, func(_ context.Context, _ *realtime.Session, e *api.ResponseCreated) error {
		t.created(&e.Response)
		return nil
	})
	realtime.On(m, func(ctx context.Context, s *realtime.Session, e *api.ResponseOutputItemDone) error {
		if call, ok := e.Item.(*api.FunctionCall); ok && t.funcs[call.Name] != nil && complete(call) {
			t.start(ctx, s, call)
		}
		return nil
	})
	realtime.On(m, func(_ context.Context, _ *realtime.Session, e *api.ConversationItemAdded) error {
		t.added(e.Item)
		return nil
	})
	realtime.On(m, func(ctx context.Context, s *realtime.Session, e *api.ResponseDone) error {
		t.done(&e.Response)
		t.goOn(ctx, s)
		return nil
	})
}

// Wait waits until no function runs and no response is being asked for.
// [realtime.Mux.Run] does not wait for them.
func (t *Tools) Wait() { t.running.Wait() }

func (t *Tools) created(r *api.Response) {
	if r.ConversationID.IsNull() {
		return // It runs beside the conversation and sees nothing of it.
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.active[r.ID], t.held = true, false
	if t.asked != nil && t.asked.id == r.ID {
		t.asked = nil
	}
	for id, there := range t.fresh {
		if there {
			delete(t.fresh, id)
		}
	}
}

func (t *Tools) added(item api.Item) {
	output, ok := item.(*api.FunctionCallOutput)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ours := t.fresh[output.CallID]; ours {
		t.fresh[output.CallID] = true
	}
}

func (t *Tools) done(r *api.Response) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.active, r.ID)
	t.held = t.held || r.Status == api.ResponseStatusCancelled
	if t.asked != nil {
		// Any response that ends now began after we asked, so that ours was refused
		// or has begun, even if the server echoes no tag and Request cannot know.
		t.asked.cancel()
		t.asked = nil
	}
}

// start runs one call.
func (t *Tools) start(ctx context.Context, s *realtime.Session, call *api.FunctionCall) {
	t.mu.Lock()
	t.open[call.CallID] = true
	t.mu.Unlock()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	t.running.Go(func() {
		select {
		case <-s.Done():
			cancel()
		case <-ctx.Done():
		}
	})
	t.running.Go(func() {
		defer cancel()
		output := t.call(ctx, call)
		t.mu.Lock()
		delete(t.open, call.CallID)
		t.fresh[call.CallID] = false
		t.mu.Unlock()
		// Sending fails only when the session is over, which its receiver learns.
		if s.SendItem(ctx, api.FunctionOutput(call.CallID, output)) == nil {
			t.goOn(ctx, s)
		}
	})
}

// call returns the output of a function, whatever happens in it.
func (t *Tools) call(ctx context.Context, call *api.FunctionCall) (output string) {
	defer func() {
		if v := recover(); v != nil {
			output = toolError("the function failed")
		}
	}()
	output, err := t.funcs[call.Name](ctx, []byte(call.Arguments))
	if err != nil {
		return toolError(err.Error())
	}
	return output
}

// complete reports whether the arguments of a call are whole.
func complete(call *api.FunctionCall) bool {
	return call.Status == nil || *call.Status == api.ItemStatusCompleted
}

func toolError(text string) string {
	out, err := json.Marshal(map[string]string{"error": text})
	if err != nil {
		return `{"error":"the function failed"}`
	}
	return string(out)
}

// goOn asks the model to go on if outputs wait for it, none is missing, and
// nothing runs.
func (t *Tools) goOn(ctx context.Context, s *realtime.Session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.fresh) == 0 || len(t.open) > 0 || len(t.active) > 0 || t.held {
		return
	}
	if t.asked != nil {
		t.again = true
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	asked := &asking{cancel: cancel}
	t.asked, t.again = asked, false
	t.running.Go(func() {
		defer cancel()
		t.ask(ctx, s, asked)
	})
}

// ask requests a response and notes the outcome. A refusal needs no report: the
// server had just begun a response of its own, and when that is done there is a
// reason to ask again.
func (t *Tools) ask(ctx context.Context, s *realtime.Session, asked *asking) {
	e, err := s.Request(ctx, &api.ResponseCreate{})
	t.mu.Lock()
	if t.asked != asked {
		t.mu.Unlock()
		return
	}
	if created, ok := e.(*api.ResponseCreated); ok && err == nil && !t.active[created.Response.ID] {
		asked.id = created.Response.ID // Its event is still on the way to the mux.
		t.mu.Unlock()
		return
	}
	t.asked = nil
	again := t.again
	t.mu.Unlock()
	if err != nil && again {
		t.goOn(ctx, s)
	}
}
