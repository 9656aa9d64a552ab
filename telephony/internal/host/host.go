// Package host is what the handlers of all carriers share: admission, the life of a call,
// draining, and requests to REST APIs.
package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/line"
	"github.com/voicelane/realtime-go/telephony/internal/ticket"
	"github.com/voicelane/realtime-go/telephony/internal/wsock"
	"github.com/voicelane/realtime-go/voice"
)

// Host runs the calls of one handler.
type Host struct {
	telephony.Options

	Carrier string
	Tickets *ticket.Signer

	ctx  context.Context //nolint:containedctx // It ends the calls, not an operation.
	stop context.CancelFunc

	mu       sync.Mutex
	active   int
	draining bool
	idle     chan struct{} // closed when no call is left, once draining
}

// New returns a host with the options of a carrier's configuration.
func New(carrier string, o telephony.Options) (*Host, error) {
	o, err := o.Resolved()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Host{
		Options: o, Carrier: carrier, Tickets: ticket.New(o.TokenKey), ctx: ctx, stop: stop, idle: make(chan struct{}),
	}, nil
}

// Full returns why no further call is taken, or nil.
func (h *Host) Full() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.full()
}

func (h *Host) full() error {
	switch {
	case h.draining:
		return telephony.ErrDraining
	case h.MaxCalls > 0 && h.active >= h.MaxCalls:
		return telephony.ErrBusy
	default:
		return nil
	}
}

// Enter counts a call. Leave must follow.
func (h *Host) Enter() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.full(); err != nil {
		return err
	}
	h.active++
	return nil
}

// Leave counts the end of a call.
func (h *Host) Leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.active--
	if h.draining && h.active == 0 {
		close(h.idle)
	}
}

// Shutdown refuses new calls and waits for those that run. When ctx ends, it ends them, and
// returns the error of ctx.
func (h *Host) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	if !h.draining {
		h.draining = true
		if h.active == 0 {
			close(h.idle)
		}
	}
	h.mu.Unlock()
	defer h.stop()
	select {
	case <-h.idle:
		return nil
	case <-ctx.Done():
		h.stop()
		<-h.idle
		return ctx.Err()
	}
}

// Refuse logs why a request was refused, and answers it.
func (h *Host) Refuse(w http.ResponseWriter, err error) {
	status := http.StatusForbidden
	switch {
	case errors.Is(err, telephony.ErrBusy), errors.Is(err, telephony.ErrDraining):
		status = http.StatusServiceUnavailable
	case errors.Is(err, errRequest):
		status = http.StatusBadRequest
	}
	h.Log.Warn("a request was refused", slog.String("carrier", h.Carrier), slog.Any("error", err))
	http.Error(w, http.StatusText(status), status)
}

var errRequest = errors.New("telephony: the request is malformed")

// BadRequest is the reason for Refuse that a request is malformed.
func BadRequest() error { return errRequest }

// Opening is a connection whose stream has begun.
type Opening struct {
	Protocol line.Protocol
	Settings line.Settings
}

// beforeStart is how many messages a stream may have before its start.
const beforeStart = 16

// Await reads text messages until take returns an opening or an error; it returns neither
// for a message that is not the start of a stream.
func Await(c line.Conn, take func(data []byte) (*Opening, error)) (*Opening, error) {
	for range beforeStart {
		binary, data, err := c.Read()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", telephony.ErrNoStart, err)
		}
		if binary {
			continue
		}
		if o, err := take(data); o != nil || err != nil {
			return o, err
		}
	}
	return nil, telephony.ErrNoStart
}

// Socket upgrades a request whose sender was checked, waits for the start of its stream,
// and runs the call. It returns at the end of the call.
func (h *Host) Socket(w http.ResponseWriter, r *http.Request, limit int, echo bool, open func(c line.Conn) (*Opening, error)) {
	if err := h.Enter(); err != nil {
		h.Refuse(w, err)
		return
	}
	defer h.Leave()
	c, err := wsock.Upgrade(w, r, wsock.Options{Limit: limit, WriteTimeout: h.WriteTimeout, Echo: echo})
	if err != nil {
		h.Log.Warn("a connection was not upgraded", slog.String("carrier", h.Carrier), slog.Any("error", err))
		return
	}
	c.Deadline(time.Now().Add(h.StartTimeout))
	h.Run(c, open, func() { c.Idle(h.Dead) })
}

// Run waits for the start of a stream and runs the call. started is called in between.
func (h *Host) Run(c line.Conn, open func(c line.Conn) (*Opening, error), started func()) {
	stop := context.AfterFunc(h.ctx, func() { c.Close(1001) })
	defer stop()
	o, err := open(c)
	if err != nil {
		c.Close(1008)
		h.Log.Warn("a stream was refused", slog.String("carrier", h.Carrier), slog.Any("error", err))
		return
	}
	started()
	h.call(c, o)
}

// call runs Options.Call with a line.
func (h *Host) call(c line.Conn, o *Opening) {
	s := &o.Settings
	s.MarkEvery, s.Guard, s.Stall = h.MarkEvery, h.Jitter, h.Stall
	l := line.New(c, o.Protocol, *s)
	l.Start()
	defer func() { <-l.Done() }()
	defer l.End(nil)
	err := h.Call(h.ctx, telephony.Wrap(l)) //nolint:contextcheck // The call outlives its request.
	if err == nil {
		err = l.Err()
	}
	if err != nil && !errors.Is(err, voice.ErrLineEnded) {
		h.Log.Warn("a call has failed", slog.String("carrier", h.Carrier), slog.String("call", s.Info.CallID), slog.Any("error", err))
	}
}
