package calls

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Errors that decide how a call ends, or say what became of it.
var (
	// ErrHangUp ends a call without an error. Plan.Run returns it, directly or from a
	// handler of the mux that it runs, to hang up.
	ErrHangUp = errors.New("calls: hang up")
	// ErrLeave leaves a call as it is, if Plan.Run returns it or if it is the cause of the
	// end of Run's context: the sideband session is closed, and nothing is sent to the
	// call. Caller and model go on talking; [Client.Resume] in any process takes control
	// again. [Client.Answer] and Resume then return an error that matches ErrLeave.
	ErrLeave = errors.New("calls: leave the call as it is")
	// ErrOver is returned for a call that no longer exists: the caller hung up before it
	// was accepted, or it ended while no session was attached.
	ErrOver = errors.New("calls: the call is over")
	// ErrAccepted is returned by [Client.Accept] for a call that was accepted before, by
	// any process, or through the service's Live API.
	ErrAccepted = errors.New("calls: the call was accepted before")
)

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
	// Run handles the call; the call ends when Run returns, unless it is left: see
	// [ErrLeave]. Usually Run makes a mux and returns the result of its Run method. If
	// Run is nil, events are discarded until the call ends.
	Run func(ctx context.Context, call *Call) error
	// Before, if not nil, is called before each step that is visible outside of the
	// process, such as to write it to a journal. If it returns an error or panics, the
	// call is left as it is at that point, and Answer or Resume returns the error. The
	// context of the steps that end a call lasts ten seconds, also after that of Answer has
	// ended.
	Before func(ctx context.Context, step Step) error
	// EndWithin is how long hanging up is repeated while the server or the network fails,
	// default 60 s.
	EndWithin time.Duration
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
// ended, was transferred or was left, whichever step failed. If ctx ends, Answer returns
// within Plan.EndWithin of the return of Run.
//
// Answer returns nil when the call was declined as planned, when the peer hung up, and
// when Run returned nil, [ErrHangUp] or a [TransferTo] that succeeded. It returns an
// error that matches [ErrOver] if the caller hung up before the call was accepted, and
// one that matches [ErrLeave] if the call was left.
//
// A call that could not be accepted keeps ringing. Answer may be called for it again.
func (c *Client) Answer(ctx context.Context, in *api.RealtimeCallIncoming, p *Plan) error {
	_, err := (&running{client: c, in: in, plan: p}).answer(ctx)
	return err
}

// Resume connects a sideband session to a call that was accepted before, by any process,
// and runs the plan as [Client.Answer] does, without accepting the call: Plan.Session is
// not sent. If the call no longer exists, Resume returns an error that matches
// [ErrOver]. A call to which no session can be connected for another reason is left as
// it is.
func (c *Client) Resume(ctx context.Context, in *api.RealtimeCallIncoming, p *Plan) error {
	return (&running{client: c, in: in, plan: p}).resume(ctx)
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
