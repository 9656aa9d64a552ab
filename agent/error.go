package agent

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/voicelane/realtime-go/realtime"
)

// Causes of a [CallError]. Other causes are what the function, its approval or a guard
// has returned, arguments that do not fit, a [*realtime.ServerError] with which the server
// refused the output, and a [*realtime.PanicError].
var (
	// ErrUnknownFunction: the model called a function that the agent does not have.
	ErrUnknownFunction = errors.New("agent: there is no such function")
	// ErrExited: the function left its goroutine by [runtime.Goexit].
	ErrExited = errors.New("agent: the function exited")
	// ErrTooSlow: the function took longer than Tool.Timeout. It is the cause of its
	// context's end then.
	ErrTooSlow = errors.New("agent: the function took too long")
	// ErrOutputTooLarge: the output is larger than 1 MiB, which is more than the context of a
	// model holds.
	ErrOutputTooLarge = errors.New("agent: the output is too large")
	// ErrOutputLost: the server refused the output, and an error in its place. It wraps the last
	// refusal.
	ErrOutputLost = errors.New("agent: the output is lost")
	// ErrNotSaved: Options.Save has not saved the beginning of a call of a tool with Once.
	// The function has not run.
	ErrNotSaved = errors.New("agent: the state was not saved")
	// ErrOutcomeUnknown: the process that ran the function of a tool with Once has ended
	// meanwhile. It may have had its effect, and does not run again; the model reads so.
	ErrOutcomeUnknown = errors.New("agent: it is not known whether the function had its effect")
	// ErrNoFollowUp: the model was asked to go on, in vain. It wraps the last failure, as
	// ErrUnanswered does.
	ErrNoFollowUp = errors.New("agent: the model was asked to go on and did not")
)

// CallError is what went wrong with one call of a function. Get at its cause with
// [errors.Is] and [errors.AsType].
type CallError struct {
	CallID, Name string
	Err          error
}

func (e *CallError) Error() string {
	return fmt.Sprintf("agent: call %q of %q: %v", e.CallID, e.Name, e.Err)
}

// Unwrap returns Err.
func (e *CallError) Unwrap() error { return e.Err }

// errorOutput is the output that tells the model about an error.
func errorOutput(text string) string {
	out, err := json.Marshal(map[string]string{"error": text})
	if err != nil {
		return `{"error":"the function failed"}`
	}
	return string(out)
}

// forModel returns the text with which the model gets a failed call.
func forModel(err error) string {
	_, panicked := errors.AsType[*realtime.PanicError](err)
	switch {
	case errors.Is(err, ErrUnknownFunction):
		return "there is no such function"
	case errors.Is(err, ErrTooSlow):
		return "the function took too long"
	case errors.Is(err, ErrOutcomeUnknown):
		return "it is not known whether this took effect: do not call it again before that is found out or the user wants it"
	case errors.Is(err, ErrNotSaved):
		return "the function could not begin"
	case errors.Is(err, ErrOutputTooLarge):
		return "the output is too large"
	case panicked, errors.Is(err, ErrExited):
		return "the function failed"
	default:
		return err.Error()
	}
}
