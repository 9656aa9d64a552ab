package line

import (
	"context"
	"strconv"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/voice"
)

const (
	// queueMost is the length of sound that waits at most before Play blocks.
	queueMost = 2 * time.Second
	// padAt is the sound that the carrier has left when an incomplete frame is padded.
	padAt = 30 * time.Millisecond
	// writeMost is how many bytes are collected before they are written.
	writeMost = 16 << 10
	// longestWait bounds a wait that nothing limits.
	longestWait = time.Hour
)

// Play queues sound. It blocks while 2 s wait.
func (l *Line) Play(ctx context.Context, sound []byte) error {
	l.mu.Lock()
	since := l.cleared
	l.mu.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return ctxerr.Of(ctx)
		}
		n, cleared, over := l.put(sound, since)
		sound = sound[n:]
		switch {
		case over:
			return voice.ErrLineEnded
		case cleared, len(sound) == 0:
			return nil
		}
		select {
		case <-l.room:
		case <-l.ended:
		case <-ctx.Done():
		}
	}
}

// put queues what has room.
func (l *Line) put(sound []byte, since int) (n int, cleared, over bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return 0, false, true
	}
	if l.cleared != since {
		return 0, true, false
	}
	n = min(len(sound), max(l.s.Out.Bytes(queueMost)-l.output.len(), 0))
	if n > 0 {
		l.output.push(sound[:n])
		l.pushed = time.Now()
		signal(l.kick)
	}
	return n, false, false
}

// Clear drops the sound that was not heard, here and at the carrier.
func (l *Line) Clear(ctx context.Context) error {
	if err := l.lock(ctx); err != nil {
		return err
	}
	defer l.unlock()
	l.mu.Lock()
	l.output.clear()
	l.cleared++
	l.ledger.clear()
	l.mu.Unlock()
	signal(l.room)
	l.wbuf = l.proto.AppendClear(l.wbuf[:0])
	if len(l.wbuf) == 0 {
		return nil // The queue was all there is.
	}
	return l.flush()
}

// Played returns how much was heard since the last Clear.
func (l *Line) Played() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ledger.played(time.Now())
}

// Evidence returns what Played was concluded from.
func (l *Line) Evidence() voice.Evidence {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.s.Clock || l.ledger.guessed {
		return voice.ByClock
	}
	return voice.ByMark
}

// write gives the carrier what is queued, until the end of the line.
func (l *Line) write() {
	timer := time.NewTimer(longestWait)
	defer timer.Stop()
	for {
		l.writing <- struct{}{}
		l.mu.Lock()
		wait, over := l.fill(time.Now()), l.over
		l.mu.Unlock()
		if !over && len(l.wbuf) > 0 {
			_ = l.flush() // The end shows in over.
			signal(l.room)
		}
		l.unlock()
		if over {
			return
		}
		if wait <= 0 {
			continue
		}
		timer.Reset(wait)
		select {
		case <-l.kick:
		case <-timer.C:
		}
	}
}

// fill collects in wbuf what is due, and returns how long nothing else is.
func (l *Line) fill(now time.Time) time.Duration {
	l.wbuf = l.wbuf[:0]
	size := l.s.Out.Bytes(l.s.Frame)
	for l.ledger.lead(now) < l.s.Ahead {
		n := min(l.output.len(), size)
		if n < size && !l.short(now, n) {
			break
		}
		l.frame(now, n, size)
		if len(l.wbuf) >= writeMost {
			return 0
		}
	}
	if l.ledger.wantsMark(now, l.output.len() == 0) {
		l.mark(now)
	}
	return l.wait(now, size)
}

// short reports whether a frame is sent although it has only n bytes of sound: the carrier
// runs dry, or must be given silence.
func (l *Line) short(now time.Time, n int) bool {
	lead := l.ledger.lead(now)
	return l.s.Steady || n >= l.s.Out.SampleSize() && lead <= padAt && now.Sub(l.pushed) >= padAt/2
}

// frame appends a frame with n bytes of the queue, and marks it.
func (l *Line) frame(now time.Time, n, size int) {
	n -= n % l.s.Out.SampleSize()
	l.ledger.wrote(now, n, size-n)
	if n == size {
		l.wbuf = l.proto.AppendAudio(l.wbuf, l.output.pop(n))
	} else {
		l.padded(n, size)
	}
	if n > 0 && l.ledger.wantsMark(now, false) {
		l.mark(now)
	}
}

// padded appends a frame that ends in silence. The queue is empty afterwards, but for a
// part of a sample that cannot be played.
func (l *Line) padded(n, size int) {
	rest := l.output.pop(l.output.len())[:n]
	l.output.push(rest)
	l.output.buf = l.s.Out.AppendSilence(l.output.buf, l.s.Out.Duration(size-n))
	l.wbuf = l.proto.AppendAudio(l.wbuf, l.output.pop(size))
	l.output.clear()
}

func (l *Line) mark(now time.Time) {
	n := l.ledger.mark(now)
	l.wbuf = l.proto.AppendMark(l.wbuf, markName(l.ledger.generation, n))
}

// wait returns how long nothing is due.
func (l *Line) wait(now time.Time, size int) time.Duration {
	wait := longestWait
	lead := l.ledger.lead(now)
	switch queued := l.output.len(); {
	case l.s.Steady, queued >= size:
		wait = lead - l.s.Ahead
	case queued >= l.s.Out.SampleSize():
		wait = max(lead-padAt, l.pushed.Add(padAt/2).Sub(now))
	}
	if l.ledger.unmarked() && l.output.len() == 0 {
		wait = min(wait, l.ledger.tail().Sub(now))
	}
	return max(wait, minWait)
}

// minWait keeps the writer from spinning on a clock that is coarser than its sums.
const minWait = 100 * time.Microsecond

// The name of a mark holds its generation, since what a clear returns was not heard.
const markPrefix = "rt"

func markName(generation, number uint32) string {
	b := make([]byte, 0, 24)
	b = append(b, markPrefix...)
	b = strconv.AppendUint(b, uint64(generation), 10)
	b = append(b, '-')
	return string(strconv.AppendUint(b, uint64(number), 10))
}

// parseMark is the inverse of markName. It returns zeros for other names.
func parseMark(name string) (generation, number uint32) {
	if len(name) <= len(markPrefix) || len(name) > 24 || name[:len(markPrefix)] != markPrefix {
		return 0, 0
	}
	var n [2]uint64
	part := 0
	for _, c := range []byte(name[len(markPrefix):]) {
		switch {
		case c == '-' && part == 0:
			part = 1
		case c < '0' || c > '9':
			return 0, 0
		default:
			n[part] = 10*n[part] + uint64(c-'0')
		}
		if n[part] > 1<<32-1 {
			return 0, 0
		}
	}
	return uint32(n[0]), uint32(n[1]) //nolint:gosec // Both were compared above.
}

// MarkReturned counts a mark that has come back, by its name.
func (l *Line) MarkReturned(name string) {
	generation, number := parseMark(name)
	if number == 0 {
		l.Odd()
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ledger.returned(time.Now(), generation, number) {
		l.counts.odd.Add(1)
	}
}
