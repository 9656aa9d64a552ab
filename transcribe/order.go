package transcribe

import (
	"slices"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// item is a segment that is under way.
type item struct {
	segment  Segment
	previous string // the item that it follows; "" is none or not known
	done     bool
	err      error
	shown    int // bytes of Text that were yielded as a partial result
}

// order keeps segments until all those before them are yielded. The server names the
// item that a new one follows; its transcripts arrive in any order.
type order struct {
	items  []*item
	known  map[string]bool // items that the server has named as a part of the conversation
	latest string          // the item that was yielded last
}

// find returns the item with an id. One that was not announced comes last.
func (o *order) find(id string) *item {
	for _, it := range o.items {
		if it.segment.ItemID == id {
			return it
		}
	}
	it := &item{segment: Segment{ItemID: id}}
	o.items = append(o.items, it)
	return it
}

// has reports whether an item is under way.
func (o *order) has(id string) bool {
	return slices.ContainsFunc(o.items, func(it *item) bool { return it.segment.ItemID == id })
}

// know notes that an item is a part of the conversation.
func (o *order) know(id string) {
	if o.known == nil {
		o.known = map[string]bool{}
	}
	o.known[id] = true
}

// place puts an item that was committed behind the one that it follows.
func (o *order) place(id, previous string) *item {
	it := o.find(id)
	it.previous = previous
	o.know(id)
	at := len(o.items) - 1
	o.items = slices.DeleteFunc(o.items, func(x *item) bool { return x == it })
	at = min(at, len(o.items))
	if previous != "" {
		if i := slices.IndexFunc(o.items, func(x *item) bool { return x.segment.ItemID == previous }); i >= 0 {
			at = i + 1
		} else if previous == o.latest {
			at = 0
		}
	}
	if i := slices.IndexFunc(o.items, func(x *item) bool { return x.previous == id }); i >= 0 {
		at = min(at, i)
	}
	o.items = slices.Insert(o.items, at, it)
	return it
}

// next takes out the first item if it is done and its place is certain: an item that
// follows one which was not announced yet waits for that. At the end nothing waits.
func (o *order) next(end bool) *item {
	if len(o.items) == 0 {
		return nil
	}
	it := o.items[0]
	if !it.done || !end && !o.certain(it) {
		return nil
	}
	o.items = o.items[1:]
	o.latest = it.segment.ItemID
	return it
}

func (o *order) certain(it *item) bool { return it.previous == "" || o.known[it.previous] }

// partial returns the text of the first item, if it has grown since it was shown.
func (o *order) partial() (Segment, bool) {
	if len(o.items) == 0 {
		return Segment{}, false
	}
	it := o.items[0]
	if it.done || len(it.segment.Text) <= it.shown || !o.certain(it) {
		return Segment{}, false
	}
	it.shown = len(it.segment.Text)
	s := it.segment
	s.Partial, s.Logprobs, s.Speakers = true, slices.Clone(s.Logprobs), slices.Clone(s.Speakers)
	return s, true
}

// complete notes the final transcript of an item.
func (it *item) complete(e *api.ConversationItemInputAudioTranscriptionCompleted) {
	it.done = true
	it.segment.Text, it.segment.Usage = e.Transcript, e.Usage
	it.segment.Logprobs, _ = e.Logprobs.Get()
	it.segment.Languages = nil
	for _, l := range e.Languages {
		it.segment.Languages = append(it.segment.Languages, l.Code)
	}
}

// grow adds a piece of the text of an item.
func (it *item) grow(e *api.ConversationItemInputAudioTranscriptionDelta) {
	it.segment.Text += e.Delta
	more, _ := e.Logprobs.Get()
	it.segment.Logprobs = append(it.segment.Logprobs, more...)
}

// fail notes that an item has no transcript.
func (it *item) fail(err error) { it.done, it.err = true, err }

// at notes the place of an item in the audio.
func (it *item) at(start, end time.Duration) {
	it.segment.Start, it.segment.End = start, max(start, end)
}
