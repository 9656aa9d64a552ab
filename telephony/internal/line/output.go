package line

import (
	"context"
	"strconv"
	"sync"
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

// output is what is played.
type output struct {
	s       *Settings
	encoder Encoder
	conn    Conn
	fail    func(error)   // ends the line
	ended   chan struct{} // closed at its end

	kick chan struct{} // has a token after a change that the writer waits for
	less chan struct{} // has a token after the queue has shrunk

	// writing holds a token while the connection is written to: what is taken from the
	// queue is written before a clear, or not at all. It is taken before mu.
	writing chan struct{}
	wbuf    []byte // guarded by writing

	mu      sync.Mutex // guards what follows
	sound   fifo
	pushed  time.Time // when sound was last queued
	cleared int
	ledger  ledger
	over    bool
}

func (o *output) init(s *Settings) {
	o.s, o.kick, o.less = s, make(chan struct{}, 1), make(chan struct{}, 1)
	o.ended, o.writing = make(chan struct{}), make(chan struct{}, 1)
	o.ledger = ledger{
		format: s.Out, every: s.Out.Bytes(s.MarkEvery), guard: s.Guard, clock: s.Clock, delay: s.Delay, generation: 1,
	}
}

// end drops what waits. No sound is written any more.
func (o *output) end() {
	o.mu.Lock()
	o.over = true
	o.sound.clear()
	o.mu.Unlock()
	close(o.ended)
	signal(o.kick)
	signal(o.less)
}

// play queues sound. It blocks while 2 s wait.
func (o *output) play(ctx context.Context, sound []byte) error {
	o.mu.Lock()
	since := o.cleared
	o.mu.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return ctxerr.Of(ctx)
		}
		n, cleared, over := o.put(sound, since)
		sound = sound[n:]
		switch {
		case over:
			return voice.ErrLineEnded
		case cleared, len(sound) == 0:
			return nil
		}
		select {
		case <-o.less:
		case <-o.ended:
		case <-ctx.Done():
		}
	}
}

// room returns how much sound play takes without blocking.
func (o *output) room() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.space()
}

// space is room under the lock.
func (o *output) space() int { return max(o.s.Out.Bytes(queueMost)-o.sound.len(), 0) }

// put queues what has room.
func (o *output) put(sound []byte, since int) (n int, cleared, over bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over {
		return 0, false, true
	}
	if o.cleared != since {
		return 0, true, false
	}
	n = min(len(sound), o.space())
	if n > 0 {
		o.sound.push(sound[:n])
		o.pushed = time.Now()
		signal(o.kick)
	}
	return n, false, false
}

// clear drops the sound that was not heard, here and at the carrier.
func (o *output) clear(ctx context.Context) error {
	if err := o.lock(ctx); err != nil {
		return err
	}
	defer o.unlock()
	o.mu.Lock()
	o.sound.clear()
	o.cleared++
	o.ledger.clear()
	o.mu.Unlock()
	signal(o.less)
	o.wbuf = o.encoder.AppendClear(o.wbuf[:0])
	if len(o.wbuf) == 0 {
		return nil // The queue was all there is.
	}
	return o.flush()
}

// played returns how much was heard since the last clear.
func (o *output) played() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ledger.played(time.Now())
}

// evidence returns what played was concluded from.
func (o *output) evidence() voice.Evidence {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.s.Clock || o.ledger.guessed {
		return voice.ByClock
	}
	return voice.ByMark
}

// write gives the carrier what is queued, until the end of the line.
func (o *output) write() {
	timer := time.NewTimer(longestWait)
	defer timer.Stop()
	for {
		o.writing <- struct{}{}
		o.mu.Lock()
		wait, over := o.fill(time.Now()), o.over
		o.mu.Unlock()
		if !over && len(o.wbuf) > 0 {
			_ = o.flush() // The end shows in over.
			signal(o.less)
		}
		o.unlock()
		if over {
			return
		}
		if wait <= 0 {
			continue
		}
		timer.Reset(wait)
		select {
		case <-o.kick:
		case <-timer.C:
		}
	}
}

// fill collects in wbuf what is due, and returns how long nothing else is.
func (o *output) fill(now time.Time) time.Duration {
	o.wbuf = o.wbuf[:0]
	size := o.s.Out.Bytes(o.s.Frame)
	for o.ledger.lead(now) < o.s.Ahead {
		n := min(o.sound.len(), size)
		if n < size && !o.short(now, n) {
			break
		}
		o.frame(now, n, size)
		if len(o.wbuf) >= writeMost {
			return 0
		}
	}
	if o.ledger.wantsMark(now, o.sound.len() == 0) {
		o.mark(now)
	}
	return o.wait(now, size)
}

// short reports whether a frame is sent although it has only n bytes of sound: the carrier
// runs dry, or must be given silence.
func (o *output) short(now time.Time, n int) bool {
	lead := o.ledger.lead(now)
	return o.s.Steady || n >= o.s.Out.SampleSize() && lead <= padAt && now.Sub(o.pushed) >= padAt/2
}

// frame appends a frame with n bytes of the queue, and marks it.
func (o *output) frame(now time.Time, n, size int) {
	n -= n % o.s.Out.SampleSize()
	o.ledger.wrote(now, n, size-n)
	if n == size {
		o.wbuf = o.encoder.AppendAudio(o.wbuf, o.sound.pop(n))
	} else {
		o.padded(n, size)
	}
	if n > 0 && o.ledger.wantsMark(now, false) {
		o.mark(now)
	}
}

// padded appends a frame that ends in silence. The queue is empty afterwards, but for a
// part of a sample that cannot be played.
func (o *output) padded(n, size int) {
	rest := o.sound.pop(o.sound.len())[:n]
	o.sound.push(rest)
	end := len(o.sound.buf) + size - n
	o.sound.buf = o.s.Out.AppendSilence(o.sound.buf, o.s.Out.Duration(size-n)+time.Millisecond)[:end] // Durations are rounded.
	o.wbuf = o.encoder.AppendAudio(o.wbuf, o.sound.pop(size))
	o.sound.clear()
}

func (o *output) mark(now time.Time) {
	n := o.ledger.mark(now)
	o.wbuf = o.encoder.AppendMark(o.wbuf, markName(o.ledger.generation, n))
}

// wait returns how long nothing is due.
func (o *output) wait(now time.Time, size int) time.Duration {
	wait := longestWait
	lead := o.ledger.lead(now)
	switch queued := o.sound.len(); {
	case o.s.Steady, queued >= size:
		wait = lead - o.s.Ahead
	case queued >= o.s.Out.SampleSize():
		wait = max(lead-padAt, o.pushed.Add(padAt/2).Sub(now))
	}
	if o.ledger.unmarked() && o.sound.len() == 0 {
		wait = min(wait, o.ledger.tail().Sub(now))
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

// returned counts a mark that has come back, by its name. It reports whether the mark is
// known.
func (o *output) returned(name string) bool {
	generation, number := parseMark(name)
	if number == 0 {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ledger.returned(time.Now(), generation, number)
}

// send writes messages beside the sound.
func (o *output) send(ctx context.Context, appendTo func([]byte) []byte) error {
	if err := o.lock(ctx); err != nil {
		return err
	}
	defer o.unlock()
	o.wbuf = appendTo(o.wbuf[:0])
	if len(o.wbuf) == 0 {
		return voice.ErrUnsupported
	}
	return o.flush()
}

// lock waits until nothing else is written.
func (o *output) lock(ctx context.Context) error {
	select {
	case o.writing <- struct{}{}:
	case <-o.ended:
		return voice.ErrLineEnded
	case <-ctx.Done():
		return ctxerr.Of(ctx)
	}
	select {
	case <-o.ended:
		o.unlock()
		return voice.ErrLineEnded
	default:
		return nil
	}
}

func (o *output) unlock() { <-o.writing }

// flush writes wbuf. A failure ends the line.
func (o *output) flush() error {
	if err := o.conn.Write(o.wbuf); err != nil {
		o.fail(writeError(err))
		return voice.ErrLineEnded
	}
	return nil
}
