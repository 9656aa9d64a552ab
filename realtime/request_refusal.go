package realtime

import (
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/mirror"
)

// doubt is a refusal that does not name the event which it refuses, while several may
// be meant. It ends the last of them that is left. If something comes before that for
// which it must be known, it ends the oldest, since servers handle events in the order in
// which they come.
type doubt struct {
	refusal  error   // nil without a doubt
	suspects []*call // in the order of the wire
}

// reject fails the call that an error is about, and reports whether a call returns the
// error.
func (r *requests) reject(id string, e api.ServerEvent) (told bool) {
	var suspects []*call
	if mirror.NamesEvent(id) {
		i := slices.IndexFunc(r.calls, func(c *call) bool { return c.id == id })
		if i < 0 {
			return false
		}
		suspects = []*call{r.calls[i]}
	} else {
		r.decide()
		suspects = r.suspects(e)
	}
	switch len(suspects) {
	case 0:
		return false
	case 1:
		c := suspects[0]
		r.refuse(c, refusal(e))
		r.conclude()
		return c.result != nil || c.own
	default:
		r.doubt = doubt{refusal(e), suspects}
		return false
	}
}

// refuse ends a call with an error.
func (r *requests) refuse(c *call, err error) {
	c.give(answer{err: err})
	if i := slices.Index(r.calls, c); i >= 0 {
		r.remove(i)
	}
}

// conclude ends the suspect that is left once the others are answered or refused.
func (r *requests) conclude() {
	if r.doubt.refusal == nil {
		return
	}
	left := slices.DeleteFunc(r.doubt.suspects, func(c *call) bool { return !slices.Contains(r.calls, c) })
	if r.doubt.suspects = left; len(left) <= 1 {
		r.decide()
	}
}

// decide ends the oldest suspect.
func (r *requests) decide() {
	d := r.doubt
	r.doubt = doubt{}
	if len(d.suspects) > 0 {
		r.refuse(d.suspects[0], d.refusal)
	}
}

// decideFor ends the doubt if an event answers a suspect, and would answer the next
// event of that kind if the suspect was refused.
func (r *requests) decideFor(e api.ServerEvent, name string) {
	for i, c := range r.calls {
		reply := slices.Index(c.replies, name)
		if reply < 0 || !r.answers(e, reply, c) || !slices.Contains(r.doubt.suspects, c) {
			continue
		}
		if slices.ContainsFunc(r.calls[i+1:], func(next *call) bool { return next.kind == c.kind && r.answers(e, reply, next) }) {
			r.decide()
			return
		}
	}
}

// swapSuspect makes a call take the place of another in the doubt.
func (r *requests) swapSuspect(old, c *call) {
	if i := slices.Index(r.doubt.suspects, old); i >= 0 {
		r.doubt.suspects[i] = c
	}
}

// suspects returns the calls that an error without an event_id may refuse. Servers
// handle events of one type in turn, so that of each type only the oldest can be meant.
func (r *requests) suspects(e api.ServerEvent) []*call {
	failure, ok := e.(*api.ErrorEvent)
	if !ok {
		return nil
	}
	kinds, known := refusedKinds(&failure.Error)
	var list, quoted []*call
	for _, c := range r.calls {
		switch {
		case known && !slices.Contains(kinds, c.kind), c.result == nil && time.Since(c.sent) > unaskedAge:
			continue
		case c.tag != "" && aboutMetadata(&failure.Error):
			continue // A server that takes no metadata, which is of our making, goes on without it.
		case slices.ContainsFunc(list, func(other *call) bool { return other.kind == c.kind }) && !quotes(&failure.Error, c):
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
func quotes(e *api.Error, c *call) bool {
	return len(c.about) > 2 && strings.Contains(e.Message, "'"+c.about+"'")
}

func aboutMetadata(e *api.Error) bool {
	return strings.Contains(e.Message, "`response.metadata`") || strings.HasPrefix(orEmpty(e.Param), "response.metadata")
}

// refusedKinds returns the types of the client events that an error can be about, as
// far as its code, param or type tells.
func refusedKinds(e *api.Error) (kinds []string, known bool) {
	code := orEmpty(e.Code)
	for _, hint := range codeHints {
		if strings.HasPrefix(code, hint.prefix) {
			return hint.kinds, true
		}
	}
	path := orEmpty(e.Param)
	if i := strings.IndexAny(path, ".["); i >= 0 {
		path = path[:i]
	}
	if kinds, known = paramHints[path]; known {
		return kinds, true
	}
	// A fault of the server is about no event, unless it tells.
	return nil, e.Type == ErrorTypeServer
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
	{CodeResponseActive, []string{eventResponse}},
	{CodeCancelNotActive, []string{eventCancel}},
	{"input_audio_buffer_commit", []string{eventCommit}},
	{"input_audio_buffer_append", nil},
	{"missing_audio_data", nil},   // LocalAI
	{"invalid_audio_data", nil},   // LocalAI
	{"buffer_size_exceeded", nil}, // LocalAI
	{CodeSessionExpired, nil},
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

// refusal is the error of an event that refuses another.
func refusal(e api.ServerEvent) error {
	if failure, ok := e.(*api.ErrorEvent); ok {
		return NewServerError(failure)
	}
	return &ServerError{Detail: api.Error{Type: e.EventType(), Message: "the server refused the event"}}
}
