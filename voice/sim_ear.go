package voice

import (
	"slices"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// simEar plays sound at the speed of the clock. It needs no goroutine: what was heard
// follows from when each sound began.
type simEar struct {
	format  audio.Format
	all     []byte    // every sound that was played, without what clears have dropped
	until   time.Time // when the last byte of all was or will be heard
	runs    []simRun
	marks   []simMark // in the order in which they come back
	cleared int       // how much of all was heard at the latest clear

	returnedTo int // how much of all Hear has returned
}

// simRun is sound without a gap: all[from:] up to the next run, heard from begin on.
type simRun struct {
	begin time.Time
	from  int
}

type simMark struct {
	mark Mark
	due  time.Time
}

func (e *simEar) play(now time.Time, sound []byte) {
	if len(sound) == 0 {
		return
	}
	if len(e.runs) == 0 || e.until.Before(now) {
		e.runs = append(e.runs, simRun{begin: now, from: len(e.all)})
		e.until = now
	}
	e.all = append(e.all, sound...)
	last := e.runs[len(e.runs)-1]
	// From the beginning of the run, so that rounding does not add up.
	e.until = last.begin.Add(e.format.Duration(len(e.all) - last.from))
}

// heard returns how much of all was heard.
func (e *simEar) heard(now time.Time) int {
	if len(e.runs) == 0 {
		return 0
	}
	last := e.runs[len(e.runs)-1]
	return min(last.from+e.format.Bytes(now.Sub(last.begin)), len(e.all))
}

func (e *simEar) sound(now time.Time) []byte { return slices.Clone(e.all[:e.heard(now)]) }

func (e *simEar) mark(now time.Time, m Mark, delay time.Duration) {
	played := now
	if e.until.After(now) {
		played = e.until
	}
	due := played.Add(delay)
	// A mark from before a clear may come back later than one from after it.
	at := len(e.marks)
	for at > 0 && e.marks[at-1].due.After(due) {
		at--
	}
	e.marks = slices.Insert(e.marks, at, simMark{m, due})
}

// clear drops what was not heard.
func (e *simEar) clear(now time.Time, marks ClearBehaviour) {
	e.all = e.all[:e.heard(now)]
	e.cleared = len(e.all)
	if e.until.After(now) {
		e.until = now
	}
	switch marks {
	case ClearReturnsMarks:
		for i := range e.marks {
			if e.marks[i].due.After(now) {
				e.marks[i].due = now
			}
		}
	case ClearDropsMarks:
		e.marks = nil
	case ClearIgnoresMarks:
	}
}

// returning returns the next mark that comes back, and when.
func (e *simEar) returning() (m Mark, due time.Time, ok bool) {
	if len(e.marks) == 0 {
		return 0, time.Time{}, false
	}
	return e.marks[0].mark, e.marks[0].due, true
}

// returned removes that mark.
func (e *simEar) returned() { e.marks = e.marks[1:] }
