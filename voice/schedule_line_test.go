package voice

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// trialLine is a simulated line that loses marks, returns them late, stalls, and blocks
// Play. It counts how much of each part of an item was heard.
type trialLine struct {
	*SimLine

	lost   float64       // share of the marks
	delay  time.Duration // most that a mark takes to come back
	buffer time.Duration // Play blocks beyond it; 0: never
	slow   time.Duration // most that Play and Clear take before they have an effect

	rngMu sync.Mutex
	rng   *rand.Rand

	counted int // bytes of what was heard
	counts  map[int]int
	spans   map[int]trialSpan
	limits  map[int]int // of parts that were playing at a clear
	clears  int
	cleared chan struct{} // has a token after a clear
}

// trialSpan is when a part was heard, at most listenTime too late.
type trialSpan struct{ first, last time.Time }

// listenTime is how often a trialLine listens to itself.
const listenTime = 10 * time.Millisecond

// listen notes when parts are heard, until the line ends.
func (l *trialLine) listen() {
	tick := time.NewTicker(listenTime)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.mu.Lock()
			l.count(time.Now())
			l.mu.Unlock()
		case <-l.Ended():
			return
		}
	}
}

// spanOf returns when a part was heard.
func (l *trialLine) spanOf(part int) trialSpan {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.spans[part]
}

func newTrialLine(in, out audio.Format, rng *rand.Rand) *trialLine {
	return &trialLine{
		SimLine: NewSimLine(in, out), rng: rng, counts: map[int]int{}, spans: map[int]trialSpan{}, limits: map[int]int{},
		cleared: make(chan struct{}, 1),
	}
}

// hesitate is the time until a call has an effect.
func (l *trialLine) hesitate() {
	if l.slow == 0 {
		return
	}
	l.rngMu.Lock()
	d := time.Duration(l.rng.Int64N(int64(l.slow)))
	l.rngMu.Unlock()
	time.Sleep(d)
}

func (l *trialLine) Mark(ctx context.Context, m Mark) error {
	l.rngMu.Lock()
	lost, delay := l.rng.Float64() < l.lost, time.Duration(l.rng.Int64N(int64(l.delay)+1))
	l.rngMu.Unlock()
	if lost {
		return nil
	}
	return l.at(ctx, func(now time.Time) { l.ear.mark(now, m, delay) })
}

func (l *trialLine) Play(ctx context.Context, sound []byte) error {
	l.hesitate()
	l.mu.Lock()
	since := l.clears
	l.mu.Unlock()
	for {
		l.mu.Lock()
		room, cleared := l.buffer == 0 || time.Until(l.ear.until) < l.buffer, l.clears != since
		l.mu.Unlock()
		if cleared {
			return nil
		}
		if room {
			return l.SimLine.Play(ctx, sound)
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-l.cleared:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *trialLine) Clear(ctx context.Context) error {
	l.hesitate()
	err := l.at(ctx, func(now time.Time) {
		l.clears++
		l.ear.clear(now, l.OnClear)
		l.count(now)
		for level, n := range l.counts {
			if _, ok := l.limits[level]; !ok {
				l.limits[level] = n
			}
		}
	})
	signal(l.cleared)
	return err
}

// stall stops the playing for a time.
func (l *trialLine) stall(d time.Duration) {
	_ = l.at(context.Background(), func(now time.Time) {
		e := &l.ear
		if !e.until.After(now) {
			return
		}
		e.runs = append(e.runs, simRun{begin: now.Add(d), from: e.heard(now)})
		e.until = e.until.Add(d)
		for i := range e.marks {
			if e.marks[i].due.After(now) {
				e.marks[i].due = e.marks[i].due.Add(d)
			}
		}
	})
}

// The sound of a part is a constant level, by which it is recognized.
const (
	levelStep = 1500
	levels    = 18
	mostParts = 2 * levels
)

func levelOf(part int) int16 {
	level := int16(2000 + levelStep*(part%levels))
	if part >= levels {
		return -level
	}
	return level
}

// count adds what was heard since the last time.
func (l *trialLine) count(now time.Time) {
	to, added := l.ear.heard(now), map[int]int{}
	for _, s := range l.out.AppendSamples(nil, l.ear.all[l.counted:to]) {
		part, level := 0, int(s)
		if level < 0 {
			part, level = levels, -level
		}
		n := (level - 2000 + levelStep/2) / levelStep
		if level >= 2000-levelStep/2 && n < levels {
			l.counts[part+n]++
			added[part+n]++
		}
	}
	l.counted = to
	for part, n := range added {
		// Between two parts a converter makes samples that look like those of a third.
		if heard := l.spans[part]; l.duration(n) > 3*time.Millisecond {
			if heard.first.IsZero() {
				heard.first = now
			}
			heard.last = now
			l.spans[part] = heard
		}
	}
}

// heardOf returns how much of a part was heard by now.
func (l *trialLine) heardOf(part int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count(time.Now())
	return l.duration(l.counts[part])
}

func (l *trialLine) duration(samples int) time.Duration {
	return l.out.Duration(samples * l.out.SampleSize())
}

// limitOf returns how much of a part was heard when it was stopped.
func (l *trialLine) limitOf(part int) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, ok := l.limits[part]
	return l.duration(n), ok
}

// trialDevice is a trialLine that counts what was heard, and has no marks.
type trialDevice struct{ l *trialLine }

func (d trialDevice) Formats() (in, out audio.Format)              { return d.l.Formats() }
func (d trialDevice) Receive(ctx context.Context) (Input, error)   { return d.l.Receive(ctx) }
func (d trialDevice) Play(ctx context.Context, sound []byte) error { return d.l.Play(ctx, sound) }
func (d trialDevice) Clear(ctx context.Context) error              { return d.l.Clear(ctx) }
func (d trialDevice) Played() int                                  { return device{d.l.SimLine}.Played() }

// trialClock has neither.
type trialClock struct{ Line }

// trialDeviceRoom is a trialDevice that has room, or says so.
type trialDeviceRoom struct {
	trialDevice

	lies bool
}

func (d trialDeviceRoom) Room() int { return d.l.room(d.lies) }

// trialClockRoom is a trialClock that has room, or says so.
type trialClockRoom struct {
	trialClock

	l    *trialLine
	lies bool
}

func (c trialClockRoom) Room() int { return c.l.room(c.lies) }

// room returns how much Play takes without blocking, but for its hesitation; more than that if
// it lies.
func (l *trialLine) room(lies bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if lies || l.buffer == 0 {
		return 1 << 20
	}
	return l.out.Bytes(l.buffer - max(time.Until(l.ear.until), 0))
}
