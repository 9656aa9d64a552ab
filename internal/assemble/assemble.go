// Package assemble puts the output of a response together from its events. It knows no
// session and has no lock.
package assemble

import (
	"cmp"
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
)

// Output is the output of one response. The deltas of several parts may alternate, so
// that each part stays separate; the order of the parts is that of their indexes. The
// zero value is empty.
type Output struct {
	parts []*part // in the order of their indexes
	calls []indexedCall
	size  int // bytes of all that was kept, and partSize for each part after the first
}

// partSize is what a part counts for: see Size.
const partSize = 4 << 10

// part is a content part of an output item.
type part struct {
	output, content int
	tracks          [kinds]track
}

// track is one kind of output of a part. Its bytes never change once written, so that
// they may be read without a lock.
type track struct {
	data []byte
	over bool // nothing is added any more
}

// Kind is a kind of output.
type Kind int

// The kinds: written text, the words of speech, and speech.
const (
	Text Kind = iota
	Transcript
	Audio
	kinds
)

type indexedCall struct {
	output int
	call   *api.FunctionCall
}

// Size returns the bytes of all that was kept. Each part after the first adds a few
// thousand, so that a server cannot make parts without end.
func (a *Output) Size() int { return a.size }

// Add takes a piece of output. Other events change nothing.
func (a *Output) Add(e api.ServerEvent) {
	switch e := e.(type) {
	case *api.ResponseOutputTextDelta:
		write(a, e.OutputIndex, e.ContentIndex, Text, e.Delta)
	case *api.ResponseOutputAudioTranscriptDelta:
		write(a, e.OutputIndex, e.ContentIndex, Transcript, e.Delta)
	case *api.ResponseOutputAudioDelta:
		write(a, e.OutputIndex, e.ContentIndex, Audio, e.Delta)
	case *api.ResponseContentPartAdded:
		a.part(e.OutputIndex, e.ContentIndex)
	case *api.ResponseOutputTextDone:
		a.part(e.OutputIndex, e.ContentIndex).tracks[Text].over = true
	case *api.ResponseOutputAudioTranscriptDone:
		a.part(e.OutputIndex, e.ContentIndex).tracks[Transcript].over = true
	case *api.ResponseOutputAudioDone:
		a.part(e.OutputIndex, e.ContentIndex).tracks[Audio].over = true
	case *api.ResponseContentPartDone:
		a.part(e.OutputIndex, e.ContentIndex).end()
	case *api.ResponseOutputItemDone:
		for _, p := range a.parts {
			if p.output == e.OutputIndex {
				p.end()
			}
		}
		if f, ok := e.Item.(*api.FunctionCall); ok && f != nil {
			a.call(e.OutputIndex, f)
		}
	case *api.ResponseFunctionCallArgumentsDone:
		// Some servers announce a call by this event alone; its item replaces it.
		if e.Name != "" && e.CallID != "" {
			a.call(e.OutputIndex, &api.FunctionCall{
				ID: new(e.ItemID), Status: new(api.ItemStatusCompleted), CallID: e.CallID, Name: e.Name, Arguments: e.Arguments,
			})
		}
	default: // It holds no output.
	}
}

// call adds a function call, or replaces what is known of it.
func (a *Output) call(output int, f *api.FunctionCall) {
	i := slices.IndexFunc(a.calls, func(c indexedCall) bool { return c.call.CallID == f.CallID })
	if i >= 0 {
		a.calls[i].call = f
		return
	}
	a.calls = append(a.calls, indexedCall{output, f})
	a.size += len(f.Arguments)
}

// write appends to a track.
func write[D string | []byte](a *Output, output, content int, kind Kind, delta D) {
	t := &a.part(output, content).tracks[kind]
	t.data = append(t.data, delta...)
	a.size += len(delta)
}

// part returns a part, mostly the last one, or inserts it.
func (a *Output) part(output, content int) *part {
	if n := len(a.parts); n > 0 && a.parts[n-1].output == output && a.parts[n-1].content == content {
		return a.parts[n-1]
	}
	i, found := slices.BinarySearchFunc(a.parts, [2]int{output, content}, func(p *part, at [2]int) int {
		return cmp.Or(cmp.Compare(p.output, at[0]), cmp.Compare(p.content, at[1]))
	})
	if !found {
		if len(a.parts) > 0 {
			a.size += partSize
		}
		a.parts = slices.Insert(a.parts, i, &part{output: output, content: content})
	}
	return a.parts[i]
}

func (p *part) end() {
	for i := range p.tracks {
		p.tracks[i].over = true
	}
}

// All returns the bytes of one kind, in the order of the parts.
func (a *Output) All(kind Kind) []byte {
	var data []byte
	for _, p := range a.parts {
		data = append(data, p.tracks[kind].data...)
	}
	return data
}

// Calls returns the function calls in the order of their indexes, whole or not, once the
// response is done: some servers announce a call in its end alone.
func (a *Output) Calls(r *api.Response) []*api.FunctionCall {
	for i, item := range r.Output {
		if f, ok := item.(*api.FunctionCall); ok && f != nil && f.CallID != "" {
			if !slices.ContainsFunc(a.calls, func(c indexedCall) bool { return c.call.CallID == f.CallID }) {
				a.call(i, f)
			}
		}
	}
	calls := slices.Clone(a.calls)
	slices.SortStableFunc(calls, func(a, b indexedCall) int { return cmp.Compare(a.output, b.output) })
	list := make([]*api.FunctionCall, len(calls))
	for i, c := range calls {
		list[i] = c.call
	}
	return list
}

// Reader reads one kind of output from its beginning, part by part. A part whose end is
// not known holds back the later ones, so that alternating parts are not mixed.
type Reader struct {
	kind Kind
	left []*part // parts that were read to their end
	at   *part   // the part that is being read; nil between two
	n    int     // how much of it was read
}

// NewReader returns a reader of one kind.
func NewReader(kind Kind) Reader { return Reader{kind: kind} }

// Advance notes that n bytes of what Next returned were read.
func (t *Reader) Advance(n int) { t.n += n }

// Next returns bytes that were not read yet, or none. Whole is set once the output
// does not grow any more. The bytes never change.
func (t *Reader) Next(a *Output, whole bool) []byte {
	for {
		if t.at == nil {
			i := slices.IndexFunc(a.parts, func(p *part) bool { return !slices.Contains(t.left, p) })
			if i < 0 {
				return nil
			}
			t.at, t.n = a.parts[i], 0
		}
		from := &t.at.tracks[t.kind]
		if len(from.data) > t.n {
			return from.data[t.n:]
		}
		if !from.over && !whole {
			return nil
		}
		t.left, t.at = append(t.left, t.at), nil
	}
}
