package calls

import (
	"context"
	"runtime/debug"

	"github.com/voicelane/realtime-go/realtime"
)

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
