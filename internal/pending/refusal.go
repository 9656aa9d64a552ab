package pending

import (
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/mirror"
	"github.com/voicelane/realtime-go/wire"
)

// doubt is a refusal that does not name the event which it refuses, while several may
// be meant. It ends the last of them that is left. If something comes before that for
// which it must be known, it ends the oldest, since servers handle events in the order in
// which they come.
type doubt struct {
	refusal  error   // nil without a doubt
	suspects []*Call // in the order of the wire
}

// Reject fails the call that an error is about, and reports whether a call returns the
// error.
func (r *Calls) Reject(id string, e api.ServerEvent, err error) (told bool) {
	var suspects []*Call
	if mirror.NamesEvent(id) {
		i := slices.IndexFunc(r.calls, func(c *Call) bool { return c.ID == id })
		if i < 0 {
			return false
		}
		suspects = []*Call{r.calls[i]}
	} else {
		r.decide()
		suspects = r.suspects(e)
	}
	switch len(suspects) {
	case 0:
		return false
	case 1:
		c := suspects[0]
		r.end(c, err)
		r.conclude()
		return c.Result != nil || c.Own
	default:
		r.doubt = doubt{err, suspects}
		return false
	}
}

// end ends a call with an error.
func (r *Calls) end(c *Call, err error) {
	c.give(Answer{Err: err})
	if i := slices.Index(r.calls, c); i >= 0 {
		r.remove(i)
	}
}

// conclude ends the suspect that is left once the others are answered or refused.
func (r *Calls) conclude() {
	if r.doubt.refusal == nil {
		return
	}
	left := slices.DeleteFunc(r.doubt.suspects, func(c *Call) bool { return !slices.Contains(r.calls, c) })
	if r.doubt.suspects = left; len(left) <= 1 {
		r.decide()
	}
}

// decide ends the oldest suspect.
func (r *Calls) decide() {
	d := r.doubt
	r.doubt = doubt{}
	if len(d.suspects) > 0 {
		r.end(d.suspects[0], d.refusal)
	}
}

// decideFor ends the doubt if an event answers a suspect, and would answer the next
// event of that kind if the suspect was refused.
func (r *Calls) decideFor(e api.ServerEvent, name string) {
	for i, c := range r.calls {
		reply := slices.Index(c.Replies, name)
		if reply < 0 || !r.answers(e, reply, c) || !slices.Contains(r.doubt.suspects, c) {
			continue
		}
		if slices.ContainsFunc(r.calls[i+1:], func(next *Call) bool { return next.Kind == c.Kind && r.answers(e, reply, next) }) {
			r.decide()
			return
		}
	}
}

// swapSuspect makes a call take the place of another in the doubt.
func (r *Calls) swapSuspect(old, c *Call) {
	if i := slices.Index(r.doubt.suspects, old); i >= 0 {
		r.doubt.suspects[i] = c
	}
}

// suspects returns the calls that an error without an event_id may refuse. Servers
// handle events of one type in turn, so that of each type only the oldest can be meant.
func (r *Calls) suspects(e api.ServerEvent) []*Call {
	failure, ok := e.(*api.ErrorEvent)
	if !ok {
		return nil
	}
	kinds, known := refusedKinds(&failure.Error)
	var list, quoted []*Call
	for _, c := range r.calls {
		switch {
		case known && !slices.Contains(kinds, c.Kind), c.Result == nil && time.Since(c.sent) > unaskedAge:
			continue
		case c.Tag != "" && aboutMetadata(&failure.Error):
			continue // A server that takes no metadata, which is of our making, goes on without it.
		case slices.ContainsFunc(list, func(other *Call) bool { return other.Kind == c.Kind }) && !quotes(&failure.Error, c):
			continue
		}
		list = append(list, c)
		if quotes(&failure.Error, c) {
			quoted = append(quoted, c)
		}
	}
	if len(quoted) > 0 {
		return quoted[:1]
	}
	return list
}

// quotes reports whether the text of an error names what a call is about.
func quotes(e *api.Error, c *Call) bool {
	return len(c.About) > 2 && strings.Contains(e.Message, "'"+c.About+"'")
}

func aboutMetadata(e *api.Error) bool {
	return strings.Contains(e.Message, "`response.metadata`") || strings.HasPrefix(wire.OrZero(e.Param), "response.metadata")
}

// refusedKinds returns the types of the client events that an error can be about, as
// far as its code, param or type tells.
func refusedKinds(e *api.Error) (kinds []string, known bool) {
	code := wire.OrZero(e.Code)
	for _, hint := range codeHints {
		if strings.HasPrefix(code, hint.prefix) {
			return hint.kinds, true
		}
	}
	path := wire.OrZero(e.Param)
	if i := strings.IndexAny(path, ".["); i >= 0 {
		path = path[:i]
	}
	if kinds, known = paramHints[path]; known {
		return kinds, true
	}
	// A fault of the server is about no event, unless it tells.
	return nil, e.Type == "server_error"
}

const (
	eventUpdate   = "session.update"
	eventCreate   = "conversation.item.create"
	eventDelete   = "conversation.item.delete"
	eventRetrieve = "conversation.item.retrieve"
	eventTruncate = "conversation.item.truncate"
	eventCommit   = "input_audio_buffer.commit"
	eventResponse = "response.create"
	eventCancel   = "response.cancel"
)

// codeHints are codes that only refusals of some events have. Those of audio refuse
// none that is answered.
var codeHints = []struct {
	prefix string
	kinds  []string
}{
	{"conversation_already_has_active_response", []string{eventResponse}},
	{"response_cancel_not_active", []string{eventCancel}},
	{"input_audio_buffer_commit", []string{eventCommit}},
	{"input_audio_buffer_append", nil},
	{"missing_audio_data", nil},   // LocalAI
	{"invalid_audio_data", nil},   // LocalAI
	{"buffer_size_exceeded", nil}, // LocalAI
	{"session_expired", nil},
	{"session_update", []string{eventUpdate}},
	{"cannot_update_voice", []string{eventUpdate}},
	{"invalid_tool_call_id", []string{eventCreate}},
	{"item_create", []string{eventCreate}},
	{"item_delete", []string{eventDelete}},
	{"item_retrieve", []string{eventRetrieve}},
	{"item_truncate", []string{eventTruncate}},
}

// paramHints are the first members of paths in client events.
var paramHints = map[string][]string{
	"session":          {eventUpdate},
	"item":             {eventCreate},
	"previous_item_id": {eventCreate},
	"item_id":          {eventDelete, eventRetrieve, eventTruncate},
	"audio_end_ms":     {eventTruncate},
	"content_index":    {eventTruncate},
	"response":         {eventResponse},
	"response_id":      {eventCancel},
	"audio":            nil,
}
