package line

import (
	"slices"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// markPatience is how long after its due time a mark is waited for.
const markPatience = 5 * time.Second

// ledger follows what a carrier was given and how much of it was heard. It has no clock,
// no lock and no I/O: each method is given the time. Positions are bytes of sound, without
// padding, since the last clear:
//
//	0 ≤ proven ≤ played ≤ written, and none falls before the next clear.
//
// Marks prove positions. Between two of them the clock counts, from the return of the
// first one to the sample before the second one, but only over sound that certainly had
// arrived before the carrier needed it: the network may hold up what is sent, and a
// carrier that has run dry plays nothing while the clock goes on. Sound that was sent with
// less than guard in store begins at a break, which the clock does not pass.
type ledger struct {
	format audio.Format
	every  int // bytes between marks
	guard  time.Duration
	clock  bool          // the carrier has no marks
	delay  time.Duration // with clock: from the write to the ear, at most

	generation uint32
	number     uint32 // of the latest mark of the generation
	written    int
	frame      int       // the largest write of sound
	until      time.Time // when the carrier is silent again, if it plays without gaps
	soundEnd   time.Time // when the latest sound has played
	wroteAt    time.Time // the latest write of sound
	thin       bool      // the latest sound began at a break
	marks      []mark    // that have not come back, in order
	marked     int       // position of the latest mark
	breaks     []int     // in order, not before proven
	proven     int
	provenAt   time.Time // when the mark there came back; zero: no counting from there
	guessed    bool      // a mark was given up: the evidence is the clock
	most       int       // the largest result of played, with clock
}

// mark is a mark that the carrier was given.
type mark struct {
	number uint32
	at     int
	due    time.Time // when the sound before it has played, if there are no gaps
}

// lead returns how much sound the carrier has in store.
func (l *ledger) lead(now time.Time) time.Duration { return max(l.until.Sub(now), 0) }

// wrote counts a frame of n bytes of sound and some padding that the carrier is given.
func (l *ledger) wrote(now time.Time, n, padding int) {
	l.thin = l.lead(now) < l.guard
	if l.thin && !l.clock && n > 0 {
		l.breaks = append(l.breaks, l.written)
	}
	if l.until.Before(now) {
		l.until = now
	}
	l.until = l.until.Add(l.format.Duration(n + padding))
	if n > 0 {
		l.written += n
		l.frame = max(l.frame, n)
		l.wroteAt, l.soundEnd = now, l.until.Add(-l.format.Duration(padding))
	}
}

// tailAfter is how long after the latest sound its end is marked, unless more comes.
const tailAfter = 40 * time.Millisecond

// wantsMark reports whether a mark belongs at the end of what was written. idle is set if
// no sound waits.
func (l *ledger) wantsMark(now time.Time, idle bool) bool {
	behind := l.written - l.marked
	switch {
	case l.clock || behind == 0:
		return false
	case l.thin, behind+l.frame > l.every:
		return true
	default:
		return idle && !now.Before(l.tail())
	}
}

// tail returns when the end of the sound is marked if nothing else comes.
func (l *ledger) tail() time.Time { return l.wroteAt.Add(tailAfter) }

// unmarked reports whether the end of the sound has no mark.
func (l *ledger) unmarked() bool { return !l.clock && l.written > l.marked }

// mark returns the number of a new mark at the end of what was written.
func (l *ledger) mark(now time.Time) uint32 {
	l.number++
	due := now
	if l.until.After(now) {
		due = l.until
	}
	l.marks = append(l.marks, mark{l.number, l.written, due})
	l.marked = l.written
	return l.number
}

// returned counts a mark that has come back. One of an earlier generation, one that was
// not sent and one that comes after a later one prove nothing.
func (l *ledger) returned(now time.Time, generation, number uint32) (known bool) {
	if generation != l.generation {
		return number > 0 && generation > 0 && generation < l.generation
	}
	i := slices.IndexFunc(l.marks, func(m mark) bool { return m.number == number })
	if i < 0 {
		return false
	}
	l.prove(l.marks[i].at, now)
	l.marks = slices.Delete(l.marks, 0, i+1)
	return true
}

func (l *ledger) prove(at int, now time.Time) {
	l.proven, l.provenAt = at, now
	i := 0
	for i < len(l.breaks) && l.breaks[i] < at {
		i++
	}
	l.breaks = slices.Delete(l.breaks, 0, i)
}

// expire gives up marks that are long overdue, as if they had come back.
func (l *ledger) expire(now time.Time) {
	for len(l.marks) > 0 && now.Sub(l.marks[0].due) >= markPatience {
		l.guessed = true
		l.prove(l.marks[0].at, time.Time{})
		l.marks = slices.Delete(l.marks, 0, 1)
	}
}

// played returns how much was heard by now.
func (l *ledger) played(now time.Time) int {
	// Nothing is heard faster than it plays, whatever comes back.
	unheard := l.format.Bytes(l.soundEnd.Add(l.delay).Sub(now))
	if l.clock {
		l.most = max(l.most, l.written-unheard)
		return l.most
	}
	l.expire(now)
	limit := l.written
	if len(l.marks) > 0 {
		limit = l.marks[0].at - l.format.SampleSize()
	}
	if len(l.breaks) > 0 {
		limit = min(limit, l.breaks[0])
	}
	at := l.proven
	if !l.provenAt.IsZero() && limit > at {
		at = min(at+l.format.Bytes(now.Sub(l.provenAt)), limit)
	}
	l.most = max(l.most, min(at, l.written-unheard))
	return l.most
}

// clear begins a generation: the carrier forgets what was not heard.
func (l *ledger) clear() {
	*l = ledger{
		format: l.format, every: l.every, guard: l.guard, clock: l.clock, delay: l.delay,
		generation: l.generation + 1, marks: l.marks[:0], breaks: l.breaks[:0],
	}
}
