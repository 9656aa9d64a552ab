package realtime

import (
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/assemble"
	"github.com/voicelane/realtime-go/internal/text"
)

// Answer is a whole response, collected from its events. A response that failed, was
// cancelled or is incomplete is an Answer too, with its output until then: see
// [Answer.Err].
type Answer struct {
	// Response is the response as in response.done, status and usage included.
	Response api.Response
	// Text is the written output, Transcript the words of the spoken one.
	Text, Transcript string
	// Audio is the spoken output in the session's output format.
	Audio []byte
	// Calls are the functions that the model calls, in order. Only a completed
	// response has any, and only completed calls are listed: the arguments of others
	// may be cut off.
	Calls []*api.FunctionCall
}

// Err returns nil when the response was completed, and otherwise a [*ResponseError]
// with the reason.
func (a *Answer) Err() error { return CheckResponse(&a.Response) }

// ResponseError is the end of a response in another state than completed.
// Get at it with [errors.AsType].
type ResponseError struct {
	// ResponseID is the id of the response.
	ResponseID string
	// Status is how the response ended: cancelled, failed or incomplete.
	Status api.ResponseStatus
	// Reason is why a response was cancelled or is incomplete; "" when the server gave
	// none.
	Reason api.ResponseStatusReason
	// Type, Code and Message are the error of a response that failed, as far as the
	// server sent it.
	Type, Code, Message string
}

func (e *ResponseError) Error() string {
	var b strings.Builder
	b.WriteString("realtime: the response is " + text.Printable(string(e.Status)))
	if e.Message != "" {
		b.WriteString(": " + text.Printable(e.Message))
	}
	for _, part := range [...]struct{ name, value string }{
		{"reason", string(e.Reason)}, {"type", e.Type}, {"code", e.Code}, {"response", e.ResponseID},
	} {
		if part.value != "" {
			b.WriteString(" " + part.name + "=" + text.Printable(part.value))
		}
	}
	return b.String()
}

// CheckResponse returns nil when the response was completed, and otherwise a
// [*ResponseError] with the reason, for loops over events that end at response.done.
func CheckResponse(r *api.Response) error {
	if r.Status == api.ResponseStatusCompleted {
		return nil
	}
	e := &ResponseError{ResponseID: r.ID, Status: r.Status}
	if d, ok := r.StatusDetails.Get(); ok {
		if d.Reason != nil {
			e.Reason = *d.Reason
		}
		failure, _ := d.Error.Get()
		e.Type, e.Code, e.Message = deref(failure.Type), deref(failure.Code), deref(failure.Message)
	}
	return e
}

// toCall returns the calls of a response to carry out.
func toCall(r *api.Response, calls []*api.FunctionCall) []*api.FunctionCall {
	if r.Status != api.ResponseStatusCompleted {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(calls), func(c *api.FunctionCall) bool { return !complete(c) })
}

// complete reports whether the arguments of a call are whole.
func complete(call *api.FunctionCall) bool {
	return call.Status == nil || *call.Status == api.ItemStatusCompleted
}

// newAnswer returns the whole response once it is done.
func newAnswer(a *assemble.Output, r *api.Response) *Answer {
	return &Answer{
		Response: *r, Text: string(a.All(assemble.Text)), Transcript: string(a.All(assemble.Transcript)),
		Audio: a.All(assemble.Audio), Calls: toCall(r, a.Calls(r)),
	}
}
