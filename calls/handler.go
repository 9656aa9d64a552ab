package calls

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/realtime"
)

// Errors with which a [Handler] refuses a webhook, beside those of [Webhook.Verify].
var (
	// ErrBodyTooLarge is returned when the body exceeds HandlerConfig.MaxBody.
	ErrBodyTooLarge = errors.New("calls: the webhook's body is too large")
	// ErrBody is returned when reading the body fails.
	ErrBody = errors.New("calls: the webhook's body could not be read")
	// ErrMethod is returned when the request's method is not POST.
	ErrMethod = errors.New("calls: the webhook's method is not POST")
	// ErrEvent is returned when the signature is valid but the body is not an event.
	ErrEvent = errors.New("calls: the webhook is not an event")
	// ErrBusy is returned when the maximum number of calls or events is in progress.
	// The service delivers the event again.
	ErrBusy = errors.New("calls: too many calls or events in progress")
	// ErrInProgress is returned when an earlier delivery of the webhook is still being
	// handled: only its result decides whether this one is needed.
	ErrInProgress = errors.New("calls: an earlier delivery of the webhook is being handled")
	// ErrShutdown is returned after Shutdown was called.
	ErrShutdown = errors.New("calls: shutting down")
)

// HandlerConfig configures a [Handler].
type HandlerConfig struct {
	// Webhook verifies the requests. If nil, the result of NewWebhook(nil) is used.
	Webhook *Webhook
	// Call is called for each incoming call before the webhook is answered. It must not
	// block; [Supervisor.Offer] does not. If it returns an error or panics, the webhook is
	// answered with status 503 and the service delivers the event again.
	Call func(*api.RealtimeCallIncoming) error
	// Event is called for every other event, including events of unknown type, and for
	// incoming calls if Call is nil. It runs on its own goroutine after the webhook was
	// accepted. Its context is canceled when the context of Shutdown ends. Events of the
	// service's Live API, which it may send for the same call, are among them; a log line
	// names them, since a call must be accepted through one API only.
	Event func(context.Context, api.WebhookEvent)
	// MaxBody is the maximum size of a body in bytes. Default 1 MiB.
	MaxBody int64
	// MaxEvents is the maximum number of concurrent Event calls. Default 256.
	MaxEvents int
	// Logger logs the reasons for refused webhooks, never their content. If nil,
	// nothing is logged.
	Logger *slog.Logger
}

// Handler is an [http.Handler] for a webhook endpoint. It does not wait for the work on
// an event. It passes each event on until it is accepted, and then no more: repeated
// deliveries within the tolerance are answered with status 200 and dropped, and one beside
// an unfinished delivery with status 503. It is safe for concurrent use.
type Handler struct {
	cfg    HandlerConfig
	ctx    context.Context         //nolint:containedctx // The handler's own: the parent of the contexts of Event funcs.
	cancel context.CancelCauseFunc // Cancels ctx.
	idle   chan struct{}           // Closed after Shutdown, when no Event func runs.

	mu     sync.Mutex
	closed bool            // guarded by mu
	events int             // guarded by mu; running Event funcs
	seen   map[string]bool // guarded by mu; false while the delivery of that id is being handled, then true
	order  []delivery      // guarded by mu; the oldest first
}

type delivery struct {
	id string
	at time.Time
}

// NewHandler returns a handler. It returns an error if no valid secret is configured or
// if cfg has neither Call nor Event.
func NewHandler(cfg *HandlerConfig) (*Handler, error) {
	if cfg == nil || cfg.Call == nil && cfg.Event == nil {
		return nil, errors.New("calls: the handler has neither Call nor Event")
	}
	c := *cfg
	if c.Webhook == nil {
		w, err := NewWebhook(nil)
		if err != nil {
			return nil, err
		}
		c.Webhook = w
	}
	if c.MaxBody <= 0 {
		c.MaxBody = 1 << 20
	}
	if c.MaxEvents <= 0 {
		c.MaxEvents = 256
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	h := &Handler{cfg: c, seen: map[string]bool{}, idle: make(chan struct{})}
	h.ctx, h.cancel = context.WithCancelCause(context.Background())
	return h, nil
}

// ServeHTTP verifies one webhook and passes its event on.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := h.serve(w, r)
	if err == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	h.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "webhook refused", slog.Any("error", err))
	// Only the log gets the reason: the sender may not be the service.
	status := statusOf(err)
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	http.Error(w, http.StatusText(status), status)
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, ErrMethod):
		return http.StatusMethodNotAllowed
	case errors.Is(err, ErrBodyTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrBody), errors.Is(err, ErrEvent):
		return http.StatusBadRequest
	case errors.Is(err, errNotAccepted):
		return http.StatusServiceUnavailable
	default:
		return http.StatusUnauthorized
	}
}

// errNotAccepted marks an event that Call or Event did not accept.
var errNotAccepted = errors.New("calls: the event was not accepted")

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return ErrMethod
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.cfg.MaxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return ErrBodyTooLarge
	}
	if err != nil {
		return ErrBody
	}
	now := time.Now()
	id, err := h.cfg.Webhook.verify(r.Header, body, now)
	if err != nil {
		return err
	}
	e, err := api.DecodeWebhookEvent(body)
	if err != nil {
		return ErrEvent
	}
	if in, ok := e.(*api.RealtimeCallIncoming); ok && in.Data.CallID == "" {
		return ErrEvent
	}
	switch accepted, known := h.first(id, now); {
	case accepted:
		return nil
	case known:
		return errors.Join(errNotAccepted, ErrInProgress)
	}
	err = h.pass(r.Context(), e)
	h.handled(id, err == nil)
	if err != nil {
		return errors.Join(errNotAccepted, err)
	}
	return nil
}

// first notes that the delivery of an id is being handled if the id is new. Otherwise it
// reports what it knows of the id: whether a delivery was accepted. An id is remembered
// for as long as a repeated delivery could pass the check of its timestamp.
func (h *Handler) first(id string, now time.Time) (accepted, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.order) > 0 && now.Sub(h.order[0].at) > 2*h.cfg.Webhook.tolerance {
		delete(h.seen, h.order[0].id)
		h.order = h.order[1:]
	}
	accepted, known = h.seen[id]
	if !known {
		h.seen[id] = false
		h.order = append(h.order, delivery{id, now})
	}
	return accepted, known
}

// handled notes the result for an id. One that was not accepted is forgotten, so that the
// service can deliver the event again. The entry in h.order stays; at worst a later
// delivery with the same id is forgotten early.
func (h *Handler) handled(id string, accepted bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if accepted {
		h.seen[id] = true
	} else {
		delete(h.seen, id)
	}
}

// call calls cfg.Call and turns a panic into an error.
func (h *Handler) call(in *api.RealtimeCallIncoming) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &realtime.PanicError{EventType: "calls.HandlerConfig.Call", Value: v, Stack: debug.Stack()}
		}
	}()
	return h.cfg.Call(in)
}

func (h *Handler) pass(ctx context.Context, e api.WebhookEvent) error {
	if in, ok := e.(*api.RealtimeCallIncoming); ok && h.cfg.Call != nil {
		return h.call(in)
	}
	if strings.HasPrefix(e.EventType(), "live.") {
		h.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "webhook of the Live API left alone; subscribe to realtime.call.incoming only", slog.String("type", e.EventType()))
	}
	if h.cfg.Event == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return ErrShutdown
	case h.events >= h.cfg.MaxEvents:
		return ErrBusy
	}
	h.events++
	go h.event(e)
	return nil
}

func (h *Handler) event(e api.WebhookEvent) {
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	defer h.leave()
	defer func() {
		if v := recover(); v != nil {
			h.cfg.Logger.LogAttrs(ctx, slog.LevelError, "webhook event func panicked", slog.Any("panic", v))
		}
	}()
	h.cfg.Event(ctx, e)
}

// Shutdown refuses further events with status 503 and waits for running Event funcs. If
// ctx ends first, Shutdown cancels their contexts, waits for them for at most five
// seconds more, and returns the context's error; it also matches [*StuckError] if some
// have not returned. It does not shut a [Supervisor] down.
func (h *Handler) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	if !h.closed && h.events == 0 {
		close(h.idle)
	}
	h.closed = true
	h.mu.Unlock()
	select {
	case <-h.idle:
		return nil
	case <-ctx.Done():
	}
	h.cancel(ErrShutdown)
	grace := time.NewTimer(shutdownGrace)
	defer grace.Stop()
	select {
	case <-h.idle:
		return ctxerr.Of(ctx)
	case <-grace.C:
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return errors.Join(ctxerr.Of(ctx), &StuckError{Events: h.events})
}

// shutdownGrace is how long Event funcs may take to return after their contexts have
// ended.
const shutdownGrace = 5 * time.Second

// leave notes that an Event func has returned.
func (h *Handler) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events--
	if h.closed && h.events == 0 {
		close(h.idle)
	}
}
