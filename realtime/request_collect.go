package realtime

import (
	"cmp"
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
)

// Collector collects responses from a stream of events, several at once if they
// overlap. It needs no session: call Add in a loop or a handler. The zero value is
// ready. It is not safe for concurrent use.
type Collector struct {
	// MaxBytes bounds one response, default 64 MiB. Output beyond it is left out of
	// the answer.
	MaxBytes int
	open     map[string]*gathering
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
		g := c.at(e.Response.ID)
		delete(c.open, e.Response.ID)
		return g.answer(&e.Response), true
	default:
	}
	if id := responseID(e); id != "" {
		limit := c.MaxBytes
		if limit == 0 {
			limit = 64 << 20
		}
		if g := c.at(id); g.size < limit {
			g.add(e)
		}
	}
	return nil, false
}

func (c *Collector) at(id string) *gathering {
	if c.open == nil {
		c.open = map[string]*gathering{}
	}
	g := c.open[id]
	if g == nil {
		g = &gathering{}
		c.open[id] = g
	}
	return g
}

// responseID returns the response that a piece of output belongs to.
func responseID(e api.ServerEvent) string {
	switch e := e.(type) {
	case *api.ResponseOutputTextDelta:
		return e.ResponseID
	case *api.ResponseOutputAudioTranscriptDelta:
		return e.ResponseID
	case *api.ResponseOutputAudioDelta:
		return e.ResponseID
	case *api.ResponseOutputItemDone:
		return e.ResponseID
	default:
		return ""
	}
}

// gathering is a response that has begun. Its parts stay separate until the end, since
// the deltas of two parts may alternate.
type gathering struct {
	parts []*part
	calls []*api.FunctionCall
	size  int
}

type part struct {
	output, content  int
	text, transcript []byte
	audio            []byte
}

func (g *gathering) add(e api.ServerEvent) {
	switch e := e.(type) {
	case *api.ResponseOutputTextDelta:
		p := g.part(e.OutputIndex, e.ContentIndex)
		p.text = append(p.text, e.Delta...)
		g.size += len(e.Delta)
	case *api.ResponseOutputAudioTranscriptDelta:
		p := g.part(e.OutputIndex, e.ContentIndex)
		p.transcript = append(p.transcript, e.Delta...)
		g.size += len(e.Delta)
	case *api.ResponseOutputAudioDelta:
		p := g.part(e.OutputIndex, e.ContentIndex)
		p.audio = append(p.audio, e.Delta...)
		g.size += len(e.Delta)
	case *api.ResponseOutputItemDone:
		if f, ok := e.Item.(*api.FunctionCall); ok {
			g.calls = append(g.calls, f)
			g.size += len(f.Arguments)
		}
	default:
	}
}

// part returns a part, mostly the last one, or adds it.
func (g *gathering) part(output, content int) *part {
	for _, p := range slices.Backward(g.parts) {
		if p.output == output && p.content == content {
			return p
		}
	}
	p := &part{output: output, content: content}
	g.parts = append(g.parts, p)
	return p
}

func (g *gathering) answer(r *api.Response) *Answer {
	slices.SortStableFunc(g.parts, func(a, b *part) int {
		return cmp.Or(cmp.Compare(a.output, b.output), cmp.Compare(a.content, b.content))
	})
	a := &Answer{Response: *r, Calls: toCall(r, g.calls)}
	var text, transcript []byte
	for _, p := range g.parts {
		text = append(text, p.text...)
		transcript = append(transcript, p.transcript...)
		a.Audio = append(a.Audio, p.audio...)
	}
	a.Text, a.Transcript = string(text), string(transcript)
	return a
}
