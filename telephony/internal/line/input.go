package line

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/voice"
)

const (
	// inputMost is the length of sound that waits for Receive; the oldest is dropped.
	inputMost = 5 * time.Second
	// gapMost is the longest silence that takes the place of lost sound at once.
	gapMost = 10 * time.Second
	// gapLeast is the shortest one: less is a matter of rounding.
	gapLeast = 10 // milliseconds
	// keysMost is how many keys wait for Receive.
	keysMost = 4096
)

// input is what has arrived and waits for Receive.
type input struct {
	format  audio.Format
	stall   time.Duration
	frame   int  // bytes of FrameTime
	reorder bool // pieces have numbers and may come in any order
	counts  *counts
	ready   chan struct{} // has a token after something was queued
	timer   *time.Timer   // of receive alone
	out     []byte        // what receive has returned

	mu      sync.Mutex // guards what follows
	sound   fifo
	keys    []key
	arrived time.Time // when media last came; zero before the first call of Receive
	filled  int       // bytes of silence since then, in place of media
	credit  int       // of those, what gaps in the media that has come are not filled with again
	due     int64     // when the next piece begins, in the stream's milliseconds; -1: unknown
	silence []byte
	order   order
	over    bool
}

// key is a key that was pressed.
type key struct {
	key  rune
	held time.Duration
	at   time.Time // zero if unknown
}

func (i *input) init(s *Settings, c *counts) {
	i.format, i.stall, i.frame, i.reorder, i.due = s.In, s.Stall, s.In.Bytes(FrameTime), s.Reorder, -1
	i.order.next, i.counts, i.ready = 1, c, make(chan struct{}, 1)
}

// receive waits for the next input. It returns io.EOF at the end.
func (i *input) receive(ctx context.Context) (voice.Input, error) {
	for {
		if err := ctx.Err(); err != nil {
			return voice.Input{}, ctxerr.Of(ctx)
		}
		in, wait, over := i.next(time.Now())
		switch {
		case over:
			return voice.Input{}, io.EOF
		case wait == 0:
			return in, nil
		case i.timer == nil:
			i.timer = time.NewTimer(wait)
		default:
			i.timer.Reset(wait)
		}
		select {
		case <-i.ready:
		case <-i.timer.C:
		case <-ctx.Done():
		}
	}
}

// end lets receive return what is queued, and then io.EOF.
func (i *input) end() {
	i.mu.Lock()
	i.over = true
	i.mu.Unlock()
	signal(i.ready)
}

// next removes a key, or else a frame. Otherwise it returns how long nothing is due, or
// that the line is over.
func (i *input) next(now time.Time) (in voice.Input, wait time.Duration, over bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.arrived.IsZero() {
		i.arrived = now
	}
	switch {
	case len(i.keys) > 0:
		k := i.keys[0]
		i.keys = slices.Delete(i.keys, 0, 1)
		return voice.Input{Key: k.key, Held: k.held}, 0, false
	case i.sound.len() > 0:
		i.out = append(i.out[:0], i.sound.pop(i.frame)...)
		return voice.Input{Audio: i.out}, 0, false
	case i.over:
		return voice.Input{}, 0, true
	}
	// A stall: silence takes the place of media, at the speed of the clock.
	missing := now.Sub(i.arrived)
	if missing < i.stall {
		return voice.Input{}, i.stall - missing, false
	}
	if i.filled == 0 {
		i.counts.stalls.Add(1)
	}
	if wait := i.format.Duration(i.filled+i.frame) - missing; wait > 0 {
		return voice.Input{}, wait, false
	}
	i.filled += i.frame
	i.counts.filled.Add(int64(FrameTime))
	i.out = i.format.AppendSilence(i.out[:0], FrameTime)
	return voice.Input{Audio: i.out}, 0, false
}

// deliver queues a piece of sound that begins at a time of the stream, in milliseconds, or
// at -1 if the carrier does not send it. Lost sound before it becomes silence.
func (i *input) deliver(at int64, sound []byte) {
	if odd := len(sound) % i.format.SampleSize(); odd != 0 {
		sound = sound[:len(sound)-odd]
		i.counts.odd.Add(1)
	}
	if at >= 0 {
		if gap := at - i.due; i.due >= 0 && gap >= gapLeast {
			i.fill(min(time.Duration(gap)*time.Millisecond, gapMost))
		}
		i.due = at + i.format.Duration(len(sound)).Milliseconds()
	}
	i.sound.push(sound)
	if more := i.sound.len() - i.format.Bytes(inputMost); more > 0 {
		i.sound.pop(more)
		i.counts.dropped.Add(int64(i.format.Duration(more)))
	}
}

// fill queues silence for lost sound, less what a stall has filled already.
func (i *input) fill(gap time.Duration) {
	i.counts.lost.Add(int64(gap))
	less := min(gap, i.format.Duration(i.credit))
	i.credit -= i.format.Bytes(less)
	if gap -= less; gap == 0 {
		return
	}
	i.silence = i.format.AppendSilence(i.silence[:0], min(gap, inputMost))
	i.sound.push(i.silence)
	i.counts.filled.Add(int64(gap))
	if cap(i.silence) > 4<<10 {
		i.silence = nil
	}
}

// media queues sound of the caller.
func (i *input) media(chunk, at int64, sound []byte) {
	now := time.Now()
	i.mu.Lock()
	i.credit, i.filled, i.arrived = i.credit+i.filled, 0, now
	if i.reorder && chunk >= 0 {
		i.ordered(now, chunk, at, sound)
	} else {
		i.deliver(at, sound)
	}
	if i.order.n == 0 {
		i.credit = 0
	}
	i.mu.Unlock()
	signal(i.ready)
}

// press queues a key, in the order of their times. It reports whether there was room.
func (i *input) press(k key) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.keys) == keysMost {
		return false
	}
	n := len(i.keys)
	for n > 0 && !k.at.IsZero() && i.keys[n-1].at.After(k.at) {
		n--
	}
	i.keys = slices.Insert(i.keys, n, k)
	signal(i.ready)
	return true
}

const (
	// window is how many pieces wait for one that is missing.
	window = 5
	// patience is how long they wait.
	patience = window * FrameTime
	// restart is a step back of the numbers that is a new count, not a late piece.
	restart = 1000
)

// order holds pieces that came too early.
type order struct {
	next  int64 // the number of the piece that is due
	held  [window]piece
	n     int // how many of held are in use, sorted by number
	since time.Time
}

type piece struct {
	chunk, at int64
	sound     []byte
}

// ordered delivers a piece in its place. Pieces that come too late, or twice, are dropped.
func (i *input) ordered(now time.Time, chunk, at int64, sound []byte) {
	o := &i.order
	switch {
	case chunk < o.next-restart:
		i.release(now, o.n)
		o.next = chunk
	case chunk < o.next:
		i.counts.late.Add(1)
		return
	}
	if chunk == o.next {
		o.next++
		i.deliver(at, sound)
		i.release(now, 0)
		return
	}
	i.hold(now, chunk, at, sound)
	least := 0
	if o.n == window || now.Sub(o.since) >= patience {
		least = 1 // What is missing is lost.
	}
	i.release(now, least)
}

// hold keeps a piece until its turn.
func (i *input) hold(now time.Time, chunk, at int64, sound []byte) {
	o := &i.order
	k := o.n
	for k > 0 && o.held[k-1].chunk > chunk {
		k--
	}
	if k > 0 && o.held[k-1].chunk == chunk || chunk < o.next {
		i.counts.late.Add(1)
		return
	}
	if o.n == 0 {
		o.since = now
	}
	free := o.held[o.n].sound[:0]
	copy(o.held[k+1:o.n+1], o.held[k:o.n])
	o.held[k] = piece{chunk, at, append(free, sound...)}
	o.n++
	i.counts.reordered.Add(1)
}

// release delivers the first least pieces that are held, and those that follow without a
// gap.
func (i *input) release(now time.Time, least int) {
	o := &i.order
	k := 0
	for k < o.n && (k < least || o.held[k].chunk == o.next) {
		p := &o.held[k]
		o.next = p.chunk + 1
		i.deliver(p.at, p.sound)
		k++
	}
	if k == 0 {
		return
	}
	// Keep the memory of the pieces that were delivered.
	var used [window]piece
	copy(used[:], o.held[:k])
	copy(o.held[:], o.held[k:o.n])
	copy(o.held[o.n-k:], used[:k])
	o.n -= k
	o.since = now
}
