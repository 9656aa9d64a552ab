package realtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/byname"
	"github.com/voicelane/realtime-go/internal/eventloop"
)

// Handler handles one event of a session. Its error goes to the handlers of
// [Mux.OnError], or ends [Mux.Run] without one: to end Run, return an error of your
// own and look for it with [errors.Is] in the result. A handler may call any method
// of the session, Request and Update included: answers do not wait for the receiver,
// unless the receive queue is full.
type Handler func(ctx context.Context, s *Session, e api.ServerEvent) error

// Mux passes a session's events to handlers by their type. Handlers run one after
// another on the goroutine of Run, in the order of registration. The session reads on
// and answers pings meanwhile, so that a slow handler takes room in the receive queue
// and nothing else. Handlers may be registered while Run is running.
type Mux struct {
	mu     sync.Mutex             // serializes edits
	routes atomic.Pointer[routes] // nil is none
}

// routes are the handlers of a mux at one time. A value is never changed.
type routes struct {
	all     byname.List[Handler] // these two without names
	named   byname.List[Handler]
	unknown byname.List[Handler]
	server  []func(context.Context, *Session, *ServerError) error
	onError []func(context.Context, *Session, error) error
	// keepsAudio is set when a handler may keep audio after it has returned.
	keepsAudio bool
}

// NewMux returns a mux without handlers. The zero value is one as well.
func NewMux() *Mux { return &Mux{} }

var noRoutes routes

func (m *Mux) current() *routes {
	if r := m.routes.Load(); r != nil {
		return r
	}
	return &noRoutes
}

// edit changes a copy of the routes, so that dispatching takes no lock.
func (m *Mux) edit(change func(r *routes)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := *m.current()
	change(&r)
	m.routes.Store(&r)
}

// with appends to a copy.
func with[T any](list []T, v T) []T { return append(slices.Clip(list), v) }

// On registers a handler for the events of one Go type, under any of their wire names.
// With [*api.UnknownServerEvent] the handler takes the events that this version of the
// module does not know.
func On[T any, E interface {
	*T
	api.ServerEvent
}](m *Mux, h func(ctx context.Context, s *Session, e E) error) {
	if name := E(new(T)).EventType(); name != "" {
		m.Handle(name, typedHandler(h))
		return
	}
	m.edit(func(r *routes) { r.unknown = r.unknown.With("", typedHandler(h)) })
}

// typedHandler skips events of other types: a wire name does not prove a type.
func typedHandler[E api.ServerEvent](h func(ctx context.Context, s *Session, e E) error) Handler {
	return func(ctx context.Context, s *Session, e api.ServerEvent) error {
		if e, ok := e.(E); ok {
			return h(ctx, s, e)
		}
		return nil
	}
}

// Handle registers a handler for a wire name, any string. An older name and today's
// are the same. The handler owns its events: with one for audio, the memory of
// [OnAudio] is not used again.
func (m *Mux) Handle(name string, h Handler) {
	name = api.CanonicalServerEventType(name)
	m.edit(func(r *routes) {
		r.keepsAudio = r.keepsAudio || name == audioDelta
		r.named = r.named.With(name, h)
	})
}

// HandleAll registers a handler that gets every event before the other handlers. It
// owns its events, audio too, so that the memory of [OnAudio] is not used again.
func (m *Mux) HandleAll(h Handler) {
	m.edit(func(r *routes) {
		r.keepsAudio = true
		r.all = r.all.With("", h)
	})
}

// OnServerError registers a handler for the server's errors, but for those that a
// call such as Request returns: handlers of On and HandleAll get these as well.
// Without a handler, Run logs each of them by Config.Logger (type, code and event id,
// never the message), adds the first of them to its result, and continues.
func (m *Mux) OnServerError(h func(ctx context.Context, s *Session, err *ServerError) error) {
	m.edit(func(r *routes) { r.server = with(r.server, h) })
}

// OnError registers a handler for errors of this side while the session lives: the
// error or panic ([*PanicError]) of a handler, and a frame that was no event
// ([*api.DecodeError]). If it returns an error, Run ends with that. Without one, a
// malformed frame is skipped and the first other error ends Run. The end of the
// session is not passed to it: that is the result of Run.
func (m *Mux) OnError(h func(ctx context.Context, s *Session, err error) error) {
	m.edit(func(r *routes) { r.onError = with(r.onError, h) })
}

// maxKept bounds the server errors that Run keeps for its result.
const maxKept = 16

// Run receives and dispatches until the session or the context ends, or a [Handler]
// returns an error that no error handler takes. It returns nil after an end in good
// order, otherwise the reason, in which [errors.Is] finds a handler's error; and,
// joined to that, the first server errors that no handler took. Run leaves the session
// open when the context or a handler ended it.
func (m *Mux) Run(ctx context.Context, s *Session) error {
	if m == nil || s == nil {
		return errors.New("realtime: the mux or the session is nil")
	}
	r := newRun(s, m.current())
	for {
		if over, err := r.next(ctx, m); over || err != nil {
			return r.result(err)
		}
	}
}

// next receives and dispatches an event. It returns true once the session has ended in good
// order. It is apart from Run so that the goroutine waits with little on its stack.
func (r *run) next(ctx context.Context, m *Mux) (over bool, err error) {
	d, err := r.s.receive(ctx, !m.current().keepsAudio)
	if now := m.current(); now != r.routes {
		r.routes = now
		r.row = byname.Recent[Handler]{}
	}
	if err == nil {
		return false, r.dispatch(ctx, d)
	}
	return r.failure(ctx, err)
}

// failure handles an error of the session.
func (r *run) failure(ctx context.Context, err error) (over bool, _ error) {
	switch malformed := eventloop.IsMalformed(err); {
	case malformed && len(r.onError) > 0:
		return false, report(ctx, r.s, err, r.onError)
	case malformed || errors.Is(err, io.EOF):
		return !malformed, nil
	default:
		return true, err
	}
}

// result returns the result of Run: its error, and those that no handler took.
//
//go:noinline
func (r *run) result(err error) error {
	if len(r.kept) == 0 {
		return err
	}
	return errors.Join(append([]error{err}, r.kept...)...)
}

// run is the state of one call of Run.
type run struct {
	*routes
	s    *Session
	kept []error // server errors for the result
	row  byname.Recent[Handler]
}

// newRun keeps the state off the stack, which the collector halves if little of it is used.
//
//go:noinline
func newRun(s *Session, now *routes) *run { return &run{s: s, routes: now} }

func (r *run) dispatch(ctx context.Context, d delivery) error {
	e := d.event
	row := r.row.Find(e.EventType(), r.named, api.CanonicalServerEventType)
	var unknown byname.List[Handler]
	if _, ok := e.(*api.UnknownServerEvent); ok {
		unknown = r.unknown
	}
	for _, list := range [...]byname.List[Handler]{r.all, row, unknown} {
		for _, h := range list {
			if err := guard(ctx, r.s, e, h.Value); err != nil {
				if err = report(ctx, r.s, err, r.onError); err != nil {
					return err
				}
			}
		}
	}
	if failure, ok := e.(*api.ErrorEvent); ok {
		if d.told {
			return nil
		}
		return r.failed(ctx, failure, len(row) > 0)
	}
	if !r.keepsAudio {
		audioEvents.Put(e)
	}
	return nil
}

// failed passes an error of the server to the handlers of OnServerError. Without
// one, and unless another handler has taken the error, it is logged and kept.
func (r *run) failed(ctx context.Context, e *api.ErrorEvent, taken bool) error {
	if !taken && len(r.server) == 0 {
		failure := NewServerError(e)
		r.s.log.Warn("realtime server error", "type", failure.Detail.Type, "code", failure.Code(), "event_id", failure.EventID())
		if len(r.kept) < maxKept {
			r.kept = append(r.kept, failure)
		}
	}
	for _, h := range r.server {
		err := guard(ctx, r.s, e, func(ctx context.Context, s *Session, _ api.ServerEvent) error {
			return h(ctx, s, NewServerError(e))
		})
		if err != nil {
			if err = report(ctx, r.s, err, r.onError); err != nil {
				return err
			}
		}
	}
	return nil
}

// guard runs a handler and returns its panic as an error.
func guard(ctx context.Context, s *Session, e api.ServerEvent, h Handler) (err error) {
	defer func() {
		if v := recover(); v != nil {
			p := newPanicError(s.secrets().Scrub(e.EventType()), v)
			s.log.Error("realtime handler panicked", "event", p.EventType)
			err = p
		}
	}()
	return h(ctx, s, e)
}

// report passes an error to the handlers of OnError. It returns their error, or the
// error itself when there are none: that ends the run.
func report(ctx context.Context, s *Session, err error, handlers []func(context.Context, *Session, error) error) error {
	if len(handlers) == 0 {
		return err
	}
	for _, h := range handlers {
		next := guard(ctx, s, &api.UnknownServerEvent{Type: "error handler"}, func(ctx context.Context, s *Session, _ api.ServerEvent) error {
			return h(ctx, s, err)
		})
		if next != nil {
			return next
		}
	}
	return nil
}

// PanicError is returned for a panic of a handler.
type PanicError struct {
	// EventType is the wire name of the event that was handled.
	EventType string
	Value     any
	Stack     []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("realtime: a handler of %q panicked: %v", e.EventType, e.Value)
}

// Unwrap returns the panic's value when it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

func newPanicError(eventType string, value any) *PanicError {
	return &PanicError{EventType: eventType, Value: value, Stack: debug.Stack()}
}

// OnAudio registers a handler for the audio of responses, as [On] does, that does not
// keep it. The event and its bytes are valid until the handler returns: the session
// then decodes other audio into the same memory. Copy what is kept, with
// slices.Clone(e.Delta); a device that plays after the return must copy, too. A
// [Collector] and a [ResponseStream] copy by themselves.
//
// Memory is only used again where nothing else may refer to it: an event that a
// handler of On, [Mux.Handle] or [Mux.HandleAll] got as well keeps its own.
func OnAudio(m *Mux, h func(ctx context.Context, s *Session, e *api.ResponseOutputAudioDelta) error) {
	m.edit(func(r *routes) { r.named = r.named.With(audioDelta, typedHandler(h)) })
}

const audioDelta = "response.output_audio.delta"
