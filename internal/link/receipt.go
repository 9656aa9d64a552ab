package link

import (
	"bytes"
	"context"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/socket"
)

// Fate returns the fate of the frame at a place that Put gave.
func (b *Outbox) Fate(seq uint64) socket.Fate {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fate(seq)
}

// fate is Fate under the lock.
func (b *Outbox) fate(seq uint64) socket.Fate {
	fate := b.fates.of(seq)
	if fate == socket.Written && (seq > b.most || seq == b.left && b.uncertain > 0 && !b.again) {
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

// Take takes out the frames that wait unwritten, or after the end those of them that it
// lost, and returns them in the order of acceptance. What was put back stays. The hook
// runs under the lock for each of them, and reports whether the frame may be taken.
func (b *Outbox) Take(hook func(f Frame) bool) []socket.UnsentEvent {
	b.mu.Lock()
	var list []socket.UnsentEvent
	var frames []Frame
	for range b.frames.len() {
		f := b.frames.pop()
		if !b.isUnwritten(f) || !hook(f) {
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
