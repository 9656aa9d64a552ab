package realtime

import (
	"cmp"
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
)

// assembly puts the output of one response together, for [Collector] and
// [ResponseStream] alike. The deltas of several parts may alternate, so that each part
// stays separate; the order of the parts is that of their indexes.
type assembly struct {
	parts []*part // in the order of their indexes
	calls []indexedCall
	size  int // bytes of all that was kept, and partSize for each part after the first
}

// partSize is what a part counts for, so that a server cannot make them without end.
const partSize = 4 << 10

// part is a content part of an output item.
type part struct {
	output, content int
	tracks          [trackCount]track
}

// track is one kind of output of a part. Its bytes never change once written, so that
// they may be read without a lock.
type track struct {
	data []byte
	over bool // nothing is added any more
}

const (
	trackText = iota
	trackTranscript
	trackAudio
	trackCount
)

type indexedCall struct {
	output int
	call   *api.FunctionCall
}

// add takes a piece of output.
func (a *assembly) add(e api.ServerEvent) {
	switch e := e.(type) {
	case *api.ResponseOutputTextDelta:
		write(a, e.OutputIndex, e.ContentIndex, trackText, e.Delta)
	case *api.ResponseOutputAudioTranscriptDelta:
		write(a, e.OutputIndex, e.ContentIndex, trackTranscript, e.Delta)
	case *api.ResponseOutputAudioDelta:
		write(a, e.OutputIndex, e.ContentIndex, trackAudio, e.Delta)
	case *api.ResponseContentPartAdded:
		a.part(e.OutputIndex, e.ContentIndex)
	case *api.ResponseOutputTextDone:
		a.part(e.OutputIndex, e.ContentIndex).tracks[trackText].over = true
	case *api.ResponseOutputAudioTranscriptDone:
		a.part(e.OutputIndex, e.ContentIndex).tracks[trackTranscript].over = true
	case *api.ResponseOutputAudioDone:
		a.part(e.OutputIndex, e.ContentIndex).tracks[trackAudio].over = true
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
func (a *assembly) call(output int, f *api.FunctionCall) {
	i := slices.IndexFunc(a.calls, func(c indexedCall) bool { return c.call.CallID == f.CallID })
	if i >= 0 {
		a.calls[i].call = f
		return
	}
	a.calls = append(a.calls, indexedCall{output, f})
	a.size += len(f.Arguments)
}

// write appends to a track.
func write[D string | []byte](a *assembly, output, content, kind int, delta D) {
	t := &a.part(output, content).tracks[kind]
	t.data = append(t.data, delta...)
	a.size += len(delta)
}

// part returns a part, mostly the last one, or inserts it.
func (a *assembly) part(output, content int) *part {
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

// all returns the bytes of one kind, in the order of the parts.
func (a *assembly) all(kind int) []byte {
	var data []byte
	for _, p := range a.parts {
		data = append(data, p.tracks[kind].data...)
	}
	return data
}

// answer returns the whole response once it is done.
func (a *assembly) answer(r *api.Response) *Answer {
	for i, item := range r.Output { // Some servers announce a call here alone.
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
	return &Answer{
		Response: *r, Text: string(a.all(trackText)), Transcript: string(a.all(trackTranscript)),
		Audio: a.all(trackAudio), Calls: toCall(r, list),
	}
}

// trackReader reads one kind of output from its beginning, part by part. A part whose
// end is not known holds back the later ones, so that alternating parts are not mixed.
type trackReader struct {
	kind int
	left []*part // parts that were read to their end
	at   *part   // the part that is being read; nil between two
	n    int     // how much of it was read
}

// next returns bytes that were not read yet, or none. Whole is set once the assembly
// does not grow any more.
func (t *trackReader) next(a *assembly, whole bool) []byte {
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
