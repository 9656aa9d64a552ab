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

// ErrHangUp ends a call without an error. Plan.Run returns it, directly or from a
// handler of the mux that it runs, to hang up.
var ErrHangUp = errors.New("calls: hang up")

// TransferTo returns an error that ends a call as [ErrHangUp] does, but transfers it to
// target, a tel: or sip: address, instead of hanging up. If the transfer fails, the
// call is hung up and the error returned.
func TransferTo(target string) error { return &transfer{target} }

type transfer struct{ target string }

func (t *transfer) Error() string { return "calls: transfer" }

// Plan describes how to handle an incoming call.
type Plan struct {
	// Reject is the SIP status with which the call is declined, or 0 to accept it.
	Reject int
	// Session is the configuration with which the call is accepted. It must name a
	// model.
	Session *api.RealtimeSessionConfig
	// Options are the options of the sideband session.
	Options *realtime.Options
	// Run handles the call; the call ends when Run returns. Usually Run makes a mux and
	// returns the result of its Run method. If Run is nil, events are discarded until
	// the call ends.
	Run func(ctx context.Context, call *Call) error
}

// Call is an accepted call.
type Call struct {
	// Incoming is the event that announced the call.
	Incoming *api.RealtimeCallIncoming
	// Session is the sideband session: it receives all events of the call, DTMF digits
	// included, and controls it. It ends when the call ends.
	Session *realtime.Session
}

// ID returns the call's id.
func (c *Call) ID() string { return c.Incoming.Data.CallID }

// Header returns the value of the first SIP header of that name, ignoring case, or "".
// SIP headers are not authenticated.
func (c *Call) Header(name string) string { return Header(c.Incoming, name) }

// Answer handles a call from start to end. It declines the call, or accepts it,
// connects the sideband session, runs the plan, and hangs up or transfers. Connecting
// waits for a call that the server does not know yet. When Answer returns, the call has
// ended or was transferred, whichever step failed. If ctx ends, Answer returns within
// ten seconds.
//
// Answer returns nil when the call was declined as planned, when the peer hung up, and
// when Run returned nil, [ErrHangUp] or a [TransferTo] that succeeded.
//
// A call that could not be accepted keeps ringing. Answer may be called for it again.
func (c *Client) Answer(ctx context.Context, in *api.RealtimeCallIncoming, p *Plan) error {
	_, err := c.answer(ctx, in, p)
	return err
}

// answer is Answer; it also reports whether the call still rings.
func (c *Client) answer(ctx context.Context, in *api.RealtimeCallIncoming, p *Plan) (rings bool, err error) {
	switch {
	case in == nil || in.Data.CallID == "":
		return false, ErrNoCallID
	case p == nil:
		return true, errors.New("calls: the plan is nil")
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
	// A failure to send the last events is not a failure of the call.
	_ = s.Close()
	return false, err
}

// mayHaveHappened reports whether the server may have accepted the call although Accept
// returned err.
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

// conclude ends the call as the result of Run demands: it transfers or hangs up, unless
// the call has ended. It returns the errors other than those that end a call.
func (c *Client) conclude(ctx context.Context, id string, s *realtime.Session, result error) error {
	// If Run closed the session itself, the call may still be running.
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

// refer is Refer with its own timeout, for a ctx that may have ended.
func (c *Client) refer(ctx context.Context, id, target string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	return c.Refer(ctx, id, target, nil)
}

// withoutEnd removes from err the errors that only mean that the call should end or has
// ended. It keeps the errors that a mux has joined to them.
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

// Header returns the value of the first SIP header of that name, ignoring case, or "".
// SIP headers are not authenticated: the peer chooses their content.
func Header(in *api.RealtimeCallIncoming, name string) string {
	if in == nil {
		return ""
	}
	for _, h := range in.Data.SIPHeaders {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}
