package journal

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// refusedArguments begins the output with which an agent answers a call whose arguments do
// not fit the schema.
const refusedArguments = `{"error":"the arguments `

// Observe notes that the runs of a function are noted.
func (e *Events) Observe(name string) {
	if e.functions.observed == nil {
		e.functions.observed = map[string]bool{}
	}
	e.functions.observed[name] = true
}

// offer notes that the model may call a function.
func (e *Events) offer(name string) {
	if e.functions.offered == nil {
		e.functions.offered = map[string]bool{}
	}
	e.functions.offered[name] = true
}

// offers notes the functions of a session as the server has it.
func (e *Events) offers(s *api.RealtimeSession) {
	for _, t := range s.Tools {
		if f, ok := t.(*api.FunctionTool); ok {
			e.offer(f.Name)
		}
	}
	if _, ok := s.Prompt.Get(); ok {
		e.functions.prompted = true
	}
}

// settings are the members of session.update and response.create about functions.
type settings struct {
	Tools []struct {
		Type string `json:"type"`
		Name string `json:"name"`
	} `json:"tools"`
	Prompt json.RawMessage `json:"prompt"`
}

// set notes the functions of a session.update or response.create. A server need not
// repeat them.
func (j *Journal) set(message []byte) {
	var m struct {
		Session  settings `json:"session"`
		Response settings `json:"response"`
	}
	if json.Unmarshal(message, &m) != nil {
		return
	}
	j.Note(func(_ time.Duration, e *Events) {
		for _, s := range []settings{m.Session, m.Response} {
			for _, t := range s.Tools {
				if t.Type == "function" {
					e.offer(t.Name)
				}
			}
			if len(s.Prompt) > 0 && string(s.Prompt) != "null" {
				e.functions.prompted = true
			}
		}
	})
}

// NotCalled returns why a function call of the model does not count as a call of the
// function, "" if it does: the function ran, or the program answered the call. An error of
// the function itself is an answer; a refusal of the arguments is none.
func (e *Events) NotCalled(c *ToolCall) string {
	if slices.ContainsFunc(e.Runs, func(r Run) bool { return r.ID == c.ID }) {
		return ""
	}
	f := &e.functions
	switch {
	case !f.offered[c.Name] && !f.prompted && len(f.offered) == 0:
		return "the session offers no functions"
	case !f.offered[c.Name] && !f.prompted:
		return "the session offers no function of that name; it offers " + strings.Join(slices.Sorted(maps.Keys(f.offered)), ", ")
	case c.lost:
		return "it was lost with the connection before it was answered"
	case c.Answered == 0:
		return "the program did not answer it"
	case f.observed[c.Name] && strings.HasPrefix(c.output, `{"error":`), strings.HasPrefix(c.output, refusedArguments):
		return "the function did not run; the model was given " + c.output
	}
	return ""
}
