package calls

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

// ErrHangUp ends a call in good order when Plan.Run returns it, or when a handler of a
// mux does that Plan.Run runs.
var ErrHangUp = errors.New("calls: hang up")

// TransferTo returns an error that ends a call as [ErrHangUp] does, and
// transfers it to a tel: or sip: address instead of hanging up. If the transfer
// fails, the call is hung up and the failure returned.
func TransferTo(target string) error { return &transfer{target} }

type transfer struct{ target string }

func (t *transfer) Error() string { return "calls: transfer" }

// Plan is what to do with an incoming call.
type Plan struct {
	// Reject, if not zero, is the SIP status with which the call is declined.
	Reject int
	// Session is the configuration with which the call is accepted. It must name a model.
	Session *api.RealtimeSessionConfig
	// Options are those of the sideband session.
	Options *realtime.Options
	// Run handles the call until it returns. Most often it makes a mux and ends with
	// the mux's Run. Nil leaves the call alone until it ends.
	Run func(ctx context.Context, call *Call) error
}

// Call is a call that was answered.
type Call struct {
	// Incoming is the event that announced the call.
	Incoming *api.RealtimeCallIncoming
	// Session is the sideband: it receives every event, DTMF digits included, and
	// controls the call. It ends with the call.
	Session *realtime.Session
}

// ID returns the call's id.
func (c *Call) ID() string { return c.Incoming.Data.CallID }

// Header returns the value of the first SIP header of that name, in any case, or "".
// The value is not verified.
func (c *Call) Header(name string) string { return Header(c.Incoming, name) }

// Answer handles a call from beginning to end, with one context: it declines the call,
// or accepts it, attaches the sideband session (waiting for a call that the server does
// not know yet), runs the plan, and hangs up or transfers at the end. When it returns,
// with an error or without, the call has ended or was transferred; that takes up to ten
// seconds after the context has ended.
//
// It returns nil when the call ended in good order: by the caller, by Run
// returning nil, [ErrHangUp] or [TransferTo], or by being declined as planned.
//
// A call that could not be accepted keeps ringing, and may be answered again.
func (c *Client) Answer(ctx context.Context, in *api.RealtimeCallIncoming, p *Plan) error {
	_, err := c.answer(ctx, in, p)
	return err
}

// answer reports whether the call still rings.
func (c *Client) answer(ctx context.Context, in *api.RealtimeCallIncoming, p *Plan) (rings bool, err error) {
	switch {
	case in == nil || in.Data.CallID == "":
		return false, ErrNoCallID
	case p == nil:
		return true, errors.New("calls: there is no plan for the call")
	case p.Reject != 0:
		err := c.Reject(ctx, in.Data.CallID, p.Reject, nil)
		return err != nil, err
	}
	id := in.Data.CallID
	if err := c.Accept(ctx, id, p.Session, nil); err != nil {
		return !mayHaveHappened(err) || c.end(ctx, id) != nil, err
	}
	s, err := c.rt.Connect(ctx, realtime.Call(id), p.Options)
	if err != nil {
		return false, errors.Join(err, c.end(ctx, id))
	}
	err = run(ctx, &Call{Incoming: in, Session: s}, p)
	err = c.conclude(ctx, id, s, err)
	// An event that could not be sent at the end is no failure of the call.
	_ = s.Close()
	return false, err
}

// mayHaveHappened reports whether a failed accept may have accepted.
func mayHaveHappened(err error) bool {
	if e, ok := errors.AsType[*realtime.APIError](err); ok {
		return e.Status >= 500 || e.Ambiguous || e.Status < 300
	}
	_, ok := errors.AsType[*socket.TransportError](err)
	return ok
}

func run(ctx context.Context, call *Call, p *Plan) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &realtime.PanicError{EventType: "calls.Plan.Run", Value: v, Stack: debug.Stack()}
		}
	}()
	if p.Run != nil {
		return p.Run(ctx, call)
	}
	call.Session.Discard()
	select {
	case <-call.Session.Done():
		return call.Session.Err()
	case <-ctx.Done():
		return ctxerr.Of(ctx)
	}
}

// conclude ends the call as the result of Run requires.
func (c *Client) conclude(ctx context.Context, id string, s *realtime.Session, result error) error {
	// A session that Run has closed proves nothing about the call.
	status := s.CloseStatus()
	over := errors.Is(s.Err(), io.EOF) && status != nil && !status.Local
	t, transfers := errors.AsType[*transfer](result)
	result = withoutEnd(result)
	switch {
	case over:
		return result
	case transfers:
		err := c.refer(ctx, id, t.target)
		if err == nil {
			return result
		}
		result = errors.Join(fmt.Errorf("calls: transfer: %w", err), result)
	}
	return errors.Join(result, c.end(ctx, id))
}

// refer transfers the call even if the context has ended.
func (c *Client) refer(ctx context.Context, id, target string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	return c.Refer(ctx, id, target, nil)
}

// withoutEnd removes from an error the parts that only mean that the call should end or
// has ended, and keeps what a mux has joined to them.
func withoutEnd(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var kept []error
		for _, e := range joined.Unwrap() {
			kept = append(kept, withoutEnd(e))
		}
		return errors.Join(kept...)
	}
	if _, ok := errors.AsType[*transfer](err); ok || errors.Is(err, ErrHangUp) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Header returns the value of the first SIP header of that name, in any case, or "".
// The caller's side wrote the value; it is not verified.
func Header(in *api.RealtimeCallIncoming, name string) string {
	for _, h := range in.Data.SIPHeaders {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}
