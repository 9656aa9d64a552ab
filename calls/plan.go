package calls

import (
	"context"
	"errors"
	"runtime/debug"
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
)

// TransferTo returns an error that ends a call as [ErrHangUp] does, but transfers it to
// target, a tel: or sip: address, instead of hanging up. If the transfer fails, the
// call is hung up and the error returned.
func TransferTo(target string) error { return &transfer{target} }

// TransferTarget returns the target of an error of [TransferTo], and whether err is or
// wraps one.
func TransferTarget(err error) (target string, ok bool) {
	t, ok := errors.AsType[*transfer](err)
	if !ok {
		return "", false
	}
	return t.target, true
}

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

// StepKind is a kind of [Step].
type StepKind int

// The steps of a call.
const (
	StepReject   StepKind = iota + 1 // The call is declined.
	StepAccept                       // The call is accepted.
	StepRun                          // The sideband session is connected; Plan.Run begins.
	StepTransfer                     // The call is transferred to Step.Target.
	StepHangUp                       // The call is hung up.
)

// String returns the name of the kind, such as "hang up".
func (k StepKind) String() string {
	switch k {
	case StepReject:
		return "reject"
	case StepAccept:
		return "accept"
	case StepRun:
		return "run"
	case StepTransfer:
		return "transfer"
	case StepHangUp:
		return "hang up"
	default:
		return "unknown step"
	}
}

// Step is a step of a call that is visible outside of the process.
type Step struct {
	Kind StepKind
	// Target is the address to which the call is transferred.
	Target string
}

// before calls Plan.Before and turns a panic into an error.
func (p *Plan) before(ctx context.Context, step Step) (err error) {
	if p.Before == nil {
		return nil
	}
	defer func() {
		if v := recover(); v != nil {
			err = &realtime.PanicError{EventType: "calls.Plan.Before", Value: v, Stack: debug.Stack()}
		}
	}()
	return p.Before(ctx, step)
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
