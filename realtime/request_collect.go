package realtime

import (
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/assemble"
	"github.com/voicelane/realtime-go/internal/pending"
)

// Collector collects responses from a stream of events, several at once if they
// overlap. It needs no session: call Add in a loop or a handler. The zero value is
// ready. It is not safe for concurrent use.
type Collector struct {
	// MaxBytes bounds one response, default 64 MiB. Output beyond it is left out of
	// the answer.
	MaxBytes int
	open     map[string]*assemble.Output
}

// Add takes an event. It returns an answer when the event ends a response, with any
// status: see [Answer.Err].
func (c *Collector) Add(e api.ServerEvent) (*Answer, bool) {
	if isNil(e) {
		return nil, false
	}
	switch e := e.(type) {
	case *api.ResponseCreated:
		c.at(e.Response.ID)
		return nil, false
	case *api.ResponseDone:
		a := c.at(e.Response.ID)
		delete(c.open, e.Response.ID)
		return newAnswer(a, &e.Response), true
	default:
	}
	if id := pending.ResponseOf(e); id != "" {
		limit := c.MaxBytes
		if limit == 0 {
			limit = 64 << 20
		}
		if a := c.at(id); a.Size() < limit {
			a.Add(e)
		}
	}
	return nil, false
}

func (c *Collector) at(id string) *assemble.Output {
	if c.open == nil {
		c.open = map[string]*assemble.Output{}
	}
	a := c.open[id]
	if a == nil {
		a = &assemble.Output{}
		c.open[id] = a
	}
	return a
}
