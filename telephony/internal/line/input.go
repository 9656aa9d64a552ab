package line

import (
	"context"
	"io"
	"slices"
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
	format audio.Format
	stall  time.Duration
	frame  int // bytes of FrameTime

	sound   fifo
	keys    []key
	out     []byte    // what Receive has returned
	arrived time.Time // when media last came; zero before the first call of Receive
	filled  int       // bytes of silence since then, in place of media
	due     int64     // when the next piece begins, in the stream's milliseconds; -1: unknown
	silence []byte
	order   order
	over    bool
	timer   *time.Timer // of Receive alone
}

// key is a key that was pressed.
type key struct {
	key  rune
	held time.Duration
	at   time.Time // zero if unknown
}

func (i *input) init(s Settings) {
	i.format, i.stall, i.frame, i.due = s.In, s.Stall, s.In.Bytes(FrameTime), -1
	i.order.next = 1
}

// Receive waits for the next input.
func (l *Line) Receive(ctx context.Context) (voice.Input, error) {
	i := &l.input
	for {
		if err := ctx.Err(); err != nil {
			return voice.Input{}, ctxerr.Of(ctx)
		}
		l.inMu.Lock()
		in, wait, over := i.next(time.Now(), &l.counts)
		l.inMu.Unlock()
		switch {
		case over:
			if err := l.Err(); err != nil {
				return voice.Input{}, err
			}
			return voice.Input{}, io.EOF
		case wait == 0:
			return in, nil
		case i.timer == nil:
			i.timer = time.NewTimer(wait)
		default:
			i.timer.Reset(wait)
		}
		select {
		case <-l.ready:
		case <-i.timer.C:
		case <-ctx.Done():
		}
	}
}

// next removes a key, or else a frame. Otherwise it returns how long nothing is due, or
// that the line is over.
func (i *input) next(now time.Time, c *counts) (in voice.Input, wait time.Duration, over bool) {
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
		c.stalls.Add(1)
	}
	if wait := i.format.Duration(i.filled+i.frame) - missing; wait > 0 {
		return voice.Input{}, wait, false
	}
	i.filled += i.frame
	c.filled.Add(int64(FrameTime))
	i.out = i.format.AppendSilence(i.out[:0], FrameTime)
	return voice.Input{Audio: i.out}, 0, false
}

// deliver queues a piece of sound that begins at a time of the stream, in milliseconds, or
// at -1 if the carrier does not tell. Lost sound before it becomes silence.
func (i *input) deliver(now time.Time, at int64, sound []byte, c *counts) {
	if odd := len(sound) % i.format.SampleSize(); odd != 0 {
		sound = sound[:len(sound)-odd]
		c.odd.Add(1)
	}
	if at >= 0 {
		if gap := at - i.due; i.due >= 0 && gap >= gapLeast {
			i.fill(min(time.Duration(gap)*time.Millisecond, gapMost), c)
		}
		i.due = at + i.format.Duration(len(sound)).Milliseconds()
	}
	i.filled, i.arrived = 0, now
	i.sound.push(sound)
	if more := i.sound.len() - i.format.Bytes(inputMost); more > 0 {
		i.sound.pop(more)
		c.dropped.Add(int64(i.format.Duration(more)))
	}
}

// fill queues silence for lost sound, less what a stall has filled already.
func (i *input) fill(gap time.Duration, c *counts) {
	c.lost.Add(int64(gap))
	if gap -= i.format.Duration(i.filled); gap <= 0 {
		return
	}
	i.silence = i.format.AppendSilence(i.silence[:0], min(gap, inputMost))
	i.sound.push(i.silence)
	c.filled.Add(int64(gap))
	if cap(i.silence) > 4<<10 {
		i.silence = nil
	}
}

// Media queues sound of the caller: piece number chunk, which begins at a time of the
// stream in milliseconds. Numbers that the carrier does not tell are -1.
func (l *Line) Media(chunk, at int64, sound []byte) {
	now := time.Now()
	l.inMu.Lock()
	if l.s.Reorder && chunk >= 0 {
		l.input.ordered(now, chunk, at, sound, &l.counts)
	} else {
		l.input.deliver(now, at, sound, &l.counts)
	}
	l.inMu.Unlock()
	signal(l.ready)
}

// Key queues a key. at is when it was pressed, zero if the carrier does not tell.
func (l *Line) Key(r rune, held time.Duration, at time.Time) {
	if 'a' <= r && r <= 'd' {
		r += 'A' - 'a'
	}
	if !Key(r) {
		l.Odd()
		return
	}
	l.inMu.Lock()
	defer l.inMu.Unlock()
	keys := l.input.keys
	if len(keys) == keysMost {
		l.counts.odd.Add(1)
		return
	}
	n := len(keys)
	for n > 0 && !at.IsZero() && keys[n-1].at.After(at) {
		n--
	}
	l.input.keys = slices.Insert(keys, n, key{r, max(held, 0), at})
	signal(l.ready)
}
