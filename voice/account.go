package voice

import (
	"cmp"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// markPatience is how long after its due time a mark is waited for.
const markPatience = 5 * time.Second

// account follows what a line was given and how much of it was heard. It has no clock,
// no lock and no I/O: each method is given the time. Positions are bytes in the line's
// format since the last clear:
//
//	0 ≤ heard ≤ written, and neither falls before the next clear.
type account struct {
	format   audio.Format
	evidence Evidence
	written  int
	heard    int
	until    time.Time // when the line is silent again, if it plays without gaps
	last     *part     // of the last span; nil: there is none
	begun    int       // position at which the latest sound after a silence began
	begunAt  time.Time // when the line had it
	runs     []run     // sound without gaps, ByClock only
	spans    []span    // whose sound lies where, behind heard; the end of the last one is written

	label   Evidence      // what a Player's count was concluded from; 0: by a device
	strict  bool          // count what marks prove, and nothing between them
	latency time.Duration // ByClock: from Play to the listener's ear

	generation uint32
	number     uint32     // of the latest mark of the generation
	marks      []sentMark // that have not come back, in order
	marked     int        // position of the latest mark
	fresh      bool       // that mark was sent in silence: it comes back at once
	proven     int        // position that marks prove
	provenAt   time.Time  // when the mark there came back; zero: no counting from there
	guessed    int        // up to here the evidence is the clock, since marks were lost

	// observe, if not nil, is called for each span of a part that was heard.
	observe func(p *part, from, to int, now time.Time, how Evidence)
}

// sentMark is a mark that the line was given.
type sentMark struct {
	number uint32
	at     int       // position
	due    time.Time // when the sound before it has played, if there are no gaps
}

// run is sound that the line was given while it still played what came before.
type run struct {
	at    int // position
	begin time.Time
}

// span is sound of one part, up to a position. That of the last one is set by closeSpan.
type span struct {
	part *part
	end  int
}

func newAccount(f audio.Format, by Evidence) account {
	return account{format: f, evidence: by, generation: 1}
}

// idle reports whether the line has, as far as the clock knows, played everything.
func (a *account) idle(now time.Time) bool { return !a.until.After(now) }

// wrote counts sound of a part that the line has taken.
func (a *account) wrote(now time.Time, p *part, bytes int) {
	if bytes == 0 {
		return
	}
	if a.idle(now) {
		a.begin(now)
	}
	a.until = a.until.Add(a.format.Duration(bytes))
	if a.last != p {
		a.closeSpan()
		a.spans = append(a.spans, span{part: p})
		a.last = p
	}
	a.written += bytes
	p.wrote += bytes
}

// closeSpan sets where the last span ends.
func (a *account) closeSpan() {
	if n := len(a.spans); n > 0 {
		a.spans[n-1].end = a.written
	}
}

// begin counts the end of a silence.
func (a *account) begin(now time.Time) {
	a.until = now
	switch {
	case a.evidence == ByClock:
		a.runs = append(a.runs, run{a.written, now})
	case a.evidence == ByMark && !a.marksSilence():
		// No mark tells when the sound begins, so that nothing is counted from an earlier
		// mark beyond this place. Number 0 does not come back.
		a.marks = append(a.marks, sentMark{0, a.written, now})
	}
	a.begun, a.begunAt = a.written, now
}

// marksSilence reports whether the latest mark stands where the sound ends, and was sent
// when that had been heard.
func (a *account) marksSilence() bool { return a.fresh && a.marked == a.written }

// wantsMark reports whether a mark belongs before the next sound: since the line is
// silent, or since the latest mark is that far behind.
func (a *account) wantsMark(now time.Time, every int) bool {
	return a.written-a.marked >= every || a.idle(now) && !a.marksSilence()
}

// mark returns the mark for the present position. The line is given it afterwards.
func (a *account) mark(now time.Time) Mark {
	a.number++
	due := now
	if a.until.After(now) {
		due = a.until
	}
	a.marks = append(a.marks, sentMark{a.number, a.written, due})
	a.marked, a.fresh = a.written, a.idle(now)
	return newMark(a.generation, a.number)
}

// returned counts a mark that has come back. One of an earlier generation, one that was
// not sent and one that comes after a later one prove nothing.
func (a *account) returned(now time.Time, m Mark) {
	if m.generation() != a.generation {
		return
	}
	i := slices.IndexFunc(a.marks, func(x sentMark) bool { return x.number == m.number() && x.number > 0 })
	if i < 0 {
		return
	}
	if at := a.marks[i].at; at >= a.proven {
		a.proven, a.provenAt = at, now
	}
	a.marks = slices.Delete(a.marks, 0, i+1)
}

// expire takes marks that are long overdue for returned.
func (a *account) expire(now time.Time) {
	for len(a.marks) > 0 && now.Sub(a.marks[0].due) >= markPatience {
		if at := a.marks[0].at; at > a.proven {
			a.proven, a.provenAt, a.guessed = at, time.Time{}, at
		}
		a.marks = slices.Delete(a.marks, 0, 1)
	}
}

// position returns how much was heard at a time by the evidence.
func (a *account) position(now time.Time, played int) int {
	switch a.evidence {
	case ByDevice:
		return min(played, a.written)
	case ByClock:
		return a.byClock(now.Add(-a.latency))
	default:
		return a.byMark(now)
	}
}

// byMark adds to what marks prove the time since the last one came back. The line has
// played since then, and the next mark bounds it: that one has not come back.
func (a *account) byMark(now time.Time) int {
	next := a.written
	if len(a.marks) > 0 {
		next = a.marks[0].at
	}
	most := next - a.format.SampleSize()
	if a.strict || a.provenAt.IsZero() || most <= a.proven {
		return a.proven
	}
	since := a.provenAt
	if a.proven == a.begun {
		since = later(since, a.begunAt)
	}
	return min(a.proven+a.format.Bytes(now.Sub(since)), most)
}

func (a *account) byClock(t time.Time) int {
	end := a.written
	for _, r := range slices.Backward(a.runs) {
		if !r.begin.After(t) {
			return min(r.at+a.format.Bytes(t.Sub(r.begin)), end)
		}
		end = r.at
	}
	return min(a.heard, end)
}

// advance counts what was heard by now. played is the device's count, if the line has one.
func (a *account) advance(now time.Time, played int) {
	a.expire(now)
	a.closeSpan()
	to := a.position(now, played)
	for len(a.spans) > 0 && a.heard < to {
		s := a.spans[0]
		n := min(to, s.end) - a.heard
		how := cmp.Or(a.label, a.evidence)
		if a.heard < a.guessed {
			how = ByClock
		}
		s.part.how = max(s.part.how, how)
		if s.part.first.IsZero() {
			s.part.first = now
		}
		if a.observe != nil {
			a.observe(s.part, s.part.heard, s.part.heard+n, now, how)
		}
		s.part.heard += n
		a.heard += n
		if a.heard == s.end {
			a.spans = slices.Delete(a.spans, 0, 1)
		}
	}
	if len(a.spans) == 0 {
		a.last = nil
	}
	for len(a.runs) > 1 && a.runs[1].at <= a.heard {
		a.runs = slices.Delete(a.runs, 0, 1)
	}
}

// clear begins a generation: the line forgets what was not heard.
func (a *account) clear() {
	b := newAccount(a.format, a.evidence)
	b.label, b.strict, b.latency, b.generation, b.observe = a.label, a.strict, a.latency, a.generation+1, a.observe
	b.marks, b.runs, b.spans = a.marks[:0], a.runs[:0], a.spans[:0]
	clear(a.spans) // So that they hold no parts.
	*a = b
}

// unheard is the sound that the line was given and that was not heard.
func (a *account) unheard() time.Duration { return a.format.Duration(a.written - a.heard) }

// ahead is the sound that the line has still to play, as far as marks or the clock know:
// lost marks must not starve it.
func (a *account) ahead(now time.Time) time.Duration {
	return min(a.unheard(), max(a.until.Sub(now), 0))
}

// wake returns when time alone can change what advance concludes, or false.
func (a *account) wake(now time.Time) (time.Time, bool) {
	if a.heard == a.written {
		return time.Time{}, false
	}
	if a.spans[0].part.first.IsZero() {
		return now.Add(pollTime), true
	}
	if len(a.spans) > 1 && a.evidence != ByMark {
		// The sound of the next part begins there.
		return now.Add(max(a.format.Duration(a.spans[0].end-a.heard), pollTime)), true
	}
	switch a.evidence {
	case ByDevice:
		return now.Add(max(a.unheard(), pollTime)), true
	case ByClock:
		return later(a.until.Add(a.latency), now.Add(time.Millisecond)), true
	default:
		if len(a.marks) == 0 {
			return time.Time{}, false
		}
		return a.marks[0].due.Add(markPatience), true
	}
}

// pollTime is how often a line is asked what it has played.
const pollTime = 20 * time.Millisecond

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
