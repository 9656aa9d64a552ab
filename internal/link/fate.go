package link

import (
	"slices"

	"github.com/voicelane/realtime-go/socket"
)

// fates are the places whose frames were not written, as spans in the order of the
// places: an outage or an end adds one or two. Every other place before the queue was
// written.
type fates struct {
	spans  []span
	hidden uint64 // of places up to this one nothing is known any more
}

type span struct {
	from, to uint64
	fate     socket.Fate
}

// mostSpans bounds the memory of a session that has many outages.
const mostSpans = 256

// note notes the fate of one place.
func (f *fates) note(seq uint64, fate socket.Fate) {
	i := f.find(seq)
	switch {
	case i < len(f.spans) && f.spans[i].from <= seq:
		return // The first to note it is right.
	case i > 0 && f.spans[i-1].to+1 == seq && f.spans[i-1].fate == fate:
		f.spans[i-1].to = seq
		return
	}
	f.spans = slices.Insert(f.spans, i, span{seq, seq, fate})
	if len(f.spans) > mostSpans {
		const drop = mostSpans / 2
		f.hidden = f.spans[drop-1].to
		f.spans = slices.Delete(f.spans, 0, drop)
	}
}

// find returns the index of the first span that ends at seq or after it.
func (f *fates) find(seq uint64) int {
	i, _ := slices.BinarySearchFunc(f.spans, seq, func(s span, seq uint64) int {
		if s.to < seq {
			return -1
		}
		return 1
	})
	return i
}

// of returns the fate of a place, which is Written unless another was noted.
func (f *fates) of(seq uint64) socket.Fate {
	if seq <= f.hidden {
		return socket.Uncertain
	}
	if i := f.find(seq); i < len(f.spans) && f.spans[i].from <= seq {
		return f.spans[i].fate
	}
	return socket.Written
}
