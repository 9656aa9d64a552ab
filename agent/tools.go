package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Tools runs the functions that the model calls. Each call runs on a goroutine of its
// own, so that a slow one delays neither the events nor the others, and runs once,
// however often the server announces it. Its output is sent as soon as it is available.
// Once every call of a response has its output, and the server has confirmed or refused
// each, Tools asks the model to go on: once, not while another response runs, and not
// if a response that began since has seen the outputs already.
//
// A function that was not added, one that panics, exits or takes too long, and an
// output that is too large become the output {"error": "…"}, so that the model goes on.
// They are logged by the session's logger and passed to OnError, as are outputs and
// requests for a response that the server refuses. When the server refuses every output
// of a response, the model is not asked.
//
// After a cancelled response, Tools does not ask: the user's voice or the program
// cancelled it, and decides what comes next. Calls of a response beside the conversation
// (conversation "none") are left to the program.
//
// When a session reconnects, it sends outputs without an answer again, and the model is
// asked again if the outage cut off the response to them.
//
// Tools asks with [realtime.Session.Request], so that the response.create carries a
// metadata member that the server echoes (see realtime.Options.UntaggedRequests). A
// server that confirms no outputs is given 5 seconds for each response.
//
// The zero value is a set without functions. Set the fields and add functions before
// [Tools.Attach]. One Tools serves one session.
type Tools struct {
	// OnError is called for each call that failed for another reason than an error of
	// its function, on the call's goroutine or that of the mux. It must not block.
	OnError func(ctx context.Context, s *realtime.Session, err *CallError)
	// Timeout bounds a call, default 2 minutes, negative: no limit. The function's context
	// ends then, and the model gets an error; what the function returns later is
	// dropped.
	Timeout time.Duration
	// OutputBytes bounds an output, default 1 MiB, more than the context of a model
	// holds; negative: no limit.
	OutputBytes int
	// LeaveUnknown leaves the calls of functions that were not added to other handlers.
	LeaveUnknown bool

	loop toolLoop

	mu    sync.Mutex // guards what follows; may be taken under loop.mu
	list  []api.Tool
	funcs map[string]function
}

// NewTools returns a set without functions.
func NewTools() *Tools { return &Tools{} }

// AddTool adds a function; one of the same name is replaced. Its arguments are decoded
// from JSON into an A, and its result becomes the output: a string as it is, anything
// else as JSON. An error, arguments that do not fit, and a panic become the output
// {"error": "…"}. An error is for the model alone; the function itself must log what the
// program should know. The context ends with the session, or after Tools.Timeout: a
// function that goes on after it keeps its goroutine.
//
// AddTool does nothing when t or tool is nil.
func AddTool[A any](t *Tools, tool *api.FunctionTool, f func(ctx context.Context, arguments A) (any, error)) {
	if t == nil || tool == nil {
		return
	}
	t.add(tool, func(ctx context.Context, raw []byte) (string, error) {
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
	})
}

func (t *Tools) add(tool *api.FunctionTool, f function) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.funcs == nil {
		t.funcs = map[string]function{}
	}
	if t.funcs[tool.Name] != nil {
		t.list = slices.DeleteFunc(t.list, func(old api.Tool) bool {
			f, ok := old.(*api.FunctionTool)
			return ok && f.Name == tool.Name
		})
	}
	t.list = append(t.list, tool)
	t.funcs[tool.Name] = f
}

// List returns the functions for the session's settings.
func (t *Tools) List() []api.Tool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.list)
}

// Wait waits until no function runs, no output waits for the server's answer, and no
// response is being asked for. [realtime.Mux.Run] does not wait for them.
func (t *Tools) Wait() { t.loop.running.Wait() }

// Attach registers the handlers of Tools with m.
func (t *Tools) Attach(m *realtime.Mux) {
	t.loop.onError = t.OnError
	t.onResponses(m)
	t.onCalls(m)
	t.onItems(m)
	observe(t, m, func(*api.SessionCreated) func(*table) { return (*table).renewed })
	observe(t, m, func(*realtime.Reconnecting) func(*table) { return (*table).reconnecting })
	realtime.On(m, func(ctx context.Context, s *realtime.Session, e *realtime.Reconnected) error {
		var lost []*owed
		t.loop.with(func(b *table) { lost = b.reconnected(e) })
		t.loop.report(ctx, s, ErrOutputLost, lost...)
		t.loop.goOn(ctx, s)
		return nil
	})
}

// observe registers a handler that shows an event to the table, and asks if that makes
// it due.
func observe[T any, E interface {
	*T
	api.ServerEvent
}](t *Tools, m *realtime.Mux, note func(e E) func(*table)) {
	realtime.On(m, func(ctx context.Context, s *realtime.Session, e E) error {
		t.loop.with(note(e))
		t.loop.goOn(ctx, s)
		return nil
	})
}

func (t *Tools) onResponses(m *realtime.Mux) {
	observe(t, m, func(e *api.ResponseCreated) func(*table) {
		return func(b *table) { b.created(&e.Response) }
	})
	realtime.On(m, func(ctx context.Context, s *realtime.Session, e *api.ResponseDone) error {
		var calls []*owed
		t.loop.with(func(b *table) { calls = b.ended(&e.Response, t.takes) })
		for _, row := range calls {
			t.start(ctx, s, row)
		}
		t.loop.goOn(ctx, s)
		return nil
	})
}

func (t *Tools) onCalls(m *realtime.Mux) {
	realtime.On(m, func(ctx context.Context, s *realtime.Session, e *api.ResponseOutputItemDone) error {
		f, ok := e.Item.(*api.FunctionCall)
		if !ok || f == nil {
			return nil
		}
		var row *owed
		t.loop.with(func(b *table) {
			c := callOf(f, e.ResponseID)
			if b.forget(c); complete(f) && t.takes(c.name) {
				row = b.called(c)
			}
		})
		if row != nil {
			t.start(ctx, s, row)
		}
		return nil
	})
	observe(t, m, func(e *api.ResponseFunctionCallArgumentsDone) func(*table) {
		return func(b *table) {
			b.announce(&call{id: e.CallID, name: e.Name, arguments: e.Arguments, response: e.ResponseID, item: e.ItemID})
		}
	})
}

func (t *Tools) onItems(m *realtime.Mux) {
	observe(t, m, func(e *api.ConversationItemAdded) func(*table) {
		return func(b *table) { b.added(e.Item) }
	})
	observe(t, m, func(e *api.ConversationItemCreated) func(*table) {
		return func(b *table) { b.added(e.Item) }
	})
	observe(t, m, func(e *api.ConversationItemDone) func(*table) {
		return func(b *table) { b.added(e.Item) }
	})
	observe(t, m, func(e *api.ConversationItemDeleted) func(*table) {
		return func(b *table) { b.deleted(e.ItemID) }
	})
}

// takes reports whether calls of a function are run here.
func (t *Tools) takes(name string) bool {
	if !t.LeaveUnknown {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.funcs[name] != nil
}

// start runs one call.
func (t *Tools) start(ctx context.Context, s *realtime.Session, row *owed) {
	t.mu.Lock()
	f := t.funcs[row.name]
	t.mu.Unlock()
	x := &execution{l: &t.loop, s: s, ctx: context.WithoutCancel(ctx), row: row, f: f, timeout: t.Timeout, outputBytes: t.OutputBytes}
	if x.timeout == 0 {
		x.timeout = 2 * time.Minute
	}
	if x.outputBytes == 0 {
		x.outputBytes = 1 << 20
	}
	x.start()
}
