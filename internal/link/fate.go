package link

import (
	"bytes"
	"context"
	"slices"

	"github.com/voicelane/realtime-go/internal/ctxerr"
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

// Fate returns the fate of the frame at a place that Put gave.
func (b *Outbox) Fate(seq uint64) socket.Fate {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fate(seq)
}

// fate is Fate under the lock.
func (b *Outbox) fate(seq uint64) socket.Fate {
	fate := b.fates.of(seq)
	if fate == socket.Written && (seq > b.most || seq == b.left && b.uncertain > 0) {
		return socket.Pending
	}
	return fate
}

// decided returns the fate of a frame, and a channel that is closed when a fate that
// is Pending may be no longer.
func (b *Outbox) decided(seq uint64) (socket.Fate, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if fate := b.fate(seq); fate != socket.Pending {
		return fate, nil
	}
	return socket.Pending, b.settled(seq)
}

// Await waits until the fate of a frame is known. The error is the context's alone.
func (c *Conn) Await(ctx context.Context, seq uint64) (socket.Fate, error) {
	fate, decided := c.Out.decided(seq)
	if fate != socket.Pending {
		return fate, nil
	}
	select {
	case <-decided:
	case <-c.done:
	case <-ctx.Done():
		return socket.Pending, ctxerr.Of(ctx)
	}
	return c.Out.Fate(seq), nil
}

// Take takes out the frames that wait, or after the end those that it lost, and
// returns them in the order of acceptance. The hook runs under the lock for each of
// them, and reports whether the frame may be taken.
func (b *Outbox) Take(hook func(f Frame) bool) []socket.UnsentEvent {
	b.mu.Lock()
	var list []socket.UnsentEvent
	var frames []Frame
	for range b.frames.len() {
		f := b.frames.pop()
		if !hook(f) {
			b.frames.push(f)
			continue
		}
		b.bytes -= f.Size()
		b.fates.note(f.Seq, socket.Unsent)
		list = append(list, socket.UnsentEvent{Outgoing: b.name(f), Message: bytes.Clone(Message(*f.Buf))})
		frames = append(frames, f)
	}
	over := b.over
	wake(&b.room)
	b.settle()
	b.mu.Unlock()
	if over {
		for _, f := range frames {
			PutFrame(f.Buf) // The watcher knows of them since Abandon.
		}
		return list
	}
	b.forget(frames)
	return list
}
