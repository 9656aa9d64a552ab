package calls

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// Why a [Handler] refuses a webhook that its signature does not.
var (
	// ErrBodyTooLarge says that the body exceeds HandlerConfig.MaxBody.
	ErrBodyTooLarge = errors.New("calls: the webhook's body is too large")
	// ErrBody says that the body broke off.
	ErrBody = errors.New("calls: the webhook's body could not be read")
	// ErrMethod says that the request was no POST.
	ErrMethod = errors.New("calls: a webhook must be posted")
	// ErrEvent says that the body is signed, and no event.
	ErrEvent = errors.New("calls: the webhook is not an event")
	// ErrBusy says that too much is being done already. The sender will
	// deliver the event again.
	ErrBusy = errors.New("calls: too many at once")
	// ErrShutdown says that no more is begun.
	ErrShutdown = errors.New("calls: shutting down")
)

// HandlerConfig says what a [Handler] does with webhooks.
type HandlerConfig struct {
	// Webhook verifies; nil is the one that [NewWebhook] makes of nil.
	Webhook *Webhook
	// Call is given each incoming call before the webhook is answered, and
	// must return at once: [Supervisor.Offer] does. An error is answered with
	// status 503, so that the service delivers the event again.
	Call func(*api.RealtimeCallIncoming) error
	// Event is given every other event, unknown ones included, and incoming
	// calls if there is no Call. It runs after the webhook was answered, under
	// a context that ends with Shutdown.
	Event func(context.Context, api.WebhookEvent)
	// MaxBody bounds the body, default 1 MiB.
	MaxBody int64
	// MaxEvents bounds how many Event funcs run at once, default 256.
	MaxEvents int
	// Logger hears of refused webhooks, never of their content. Nil is silence.
	Logger *slog.Logger
}

// Handler is the [http.Handler] of a webhook endpoint. It answers quickly, and
// passes each event on once: a delivery that is repeated within the tolerance
// is answered and dropped.
type Handler struct {
	cfg     HandlerConfig
	running chan struct{}
	work    sync.WaitGroup
	quit    chan struct{}

	mu     sync.Mutex
	closed bool
	seen   map[string]bool
	order  []delivery
}

type delivery struct {
	id string
	at time.Time
}

// NewHandler returns a handler. It fails when there is no usable secret, or
// nobody to pass events to.
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
	return &Handler{
		cfg: c, seen: map[string]bool{},
		running: make(chan struct{}, c.MaxEvents), quit: make(chan struct{}),
	}, nil
}

// ServeHTTP verifies and passes on one webhook.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := h.serve(w, r)
	if err == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	h.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "webhook refused", slog.Any("error", err))
	// The reason is for the log: a stranger learns nothing from it.
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
	case errors.Is(err, errPassing):
		return http.StatusServiceUnavailable
	default:
		return http.StatusUnauthorized
	}
}

// errPassing marks that nobody took an event.
var errPassing = errors.New("calls: the event was not taken")

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
	if !h.first(id, now) {
		return nil
	}
	if err := h.pass(e); err != nil {
		h.forget(id)
		return errors.Join(errPassing, err)
	}
	return nil
}

// first reports whether an id is new, and remembers it for as long as a
// delivery with it could pass the check of its time.
func (h *Handler) first(id string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.order) > 0 && now.Sub(h.order[0].at) > 2*h.cfg.Webhook.tolerance {
		delete(h.seen, h.order[0].id)
		h.order = h.order[1:]
	}
	if h.seen[id] {
		return false
	}
	h.seen[id] = true
	h.order = append(h.order, delivery{id, now})
	return true
}

// forget lets an event that nobody took be delivered again. Its place in the
// order stays, which at worst forgets a later delivery early.
func (h *Handler) forget(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.seen, id)
}

func (h *Handler) pass(e api.WebhookEvent) error {
	if in, ok := e.(*api.RealtimeCallIncoming); ok && h.cfg.Call != nil {
		return h.cfg.Call(in)
	}
	if h.cfg.Event == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return ErrShutdown
	}
	select {
	case h.running <- struct{}{}:
	default:
		return ErrBusy
	}
	h.work.Go(func() { h.event(e) })
	return nil
}

func (h *Handler) event(e api.WebhookEvent) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	defer func() { <-h.running }()
	defer func() {
		if v := recover(); v != nil {
			h.cfg.Logger.LogAttrs(ctx, slog.LevelError, "webhook's work panicked", slog.Any("panic", v))
		}
	}()
	done := make(chan struct{})
	defer close(done)
	h.work.Go(func() {
		select {
		case <-h.quit:
			cancel(ErrShutdown)
		case <-done:
		}
	})
	h.cfg.Event(ctx, e)
}

// Shutdown refuses further events with status 503 and waits for the Event funcs
// that run. When the context ends first, theirs end too, and Shutdown still
// waits for them. It does not shut a [Supervisor] down.
func (h *Handler) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	return drain(ctx, &h.work, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		select {
		case <-h.quit:
		default:
			close(h.quit)
		}
	})
}

// drain waits for work, and stops it when the context ends.
func drain(ctx context.Context, work *sync.WaitGroup, stop func()) error {
	done := make(chan struct{})
	go func() {
		work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		stop()
		<-done
		return ctxerr.Of(ctx)
	}
}
