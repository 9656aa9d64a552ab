package telephonytest

import (
	"slices"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// ear plays sound at the speed of the clock. It needs no goroutine: what was heard follows
// from when each sound began.
type ear struct {
	format audio.Format
	all    []byte    // every sound, without what clears have dropped
	until  time.Time // when the last byte of all was or will be heard
	runs   []run
	marks  []waiting // in the order in which they come back
	taken  int       // how much of all Hear has returned
}

// run is sound without a gap: all[from:] up to the next run, heard from begin on.
type run struct {
	begin time.Time
	from  int
}

// waiting is a mark that comes back when the sound before it was heard.
type waiting struct {
	name string
	due  time.Time
}

func (e *ear) play(now time.Time, sound []byte) {
	if len(sound) == 0 {
		return
	}
	if len(e.runs) == 0 || e.until.Before(now) {
		e.runs = append(e.runs, run{begin: now, from: len(e.all)})
	}
	e.all = append(e.all, sound...)
	last := e.runs[len(e.runs)-1]
	// From the beginning of the run, so that rounding does not add up.
	e.until = last.begin.Add(e.format.Duration(len(e.all) - last.from))
}

// heard returns how much of all was heard.
func (e *ear) heard(now time.Time) int {
	if len(e.runs) == 0 {
		return 0
	}
	last := e.runs[len(e.runs)-1]
	return min(last.from+e.format.Bytes(now.Sub(last.begin)), len(e.all))
}

// queued returns the sound that waits to be heard.
func (e *ear) queued(now time.Time) time.Duration { return max(e.until.Sub(now), 0) }

func (e *ear) mark(now time.Time, name string) {
	due := now
	if e.until.After(now) {
		due = e.until
	}
	e.marks = append(e.marks, waiting{name, due})
}

// clear drops what was not heard.
func (e *ear) clear(now time.Time, marks ClearBehaviour) {
	e.all = e.all[:e.heard(now)]
	if e.until.After(now) {
		e.until = now
	}
	switch marks {
	case ReturnsMarks:
		for i := range e.marks {
			if e.marks[i].due.After(now) {
				e.marks[i].due = now
			}
		}
	case DropsMarks:
		e.marks = slices.DeleteFunc(e.marks, func(w waiting) bool { return w.due.After(now) })
	case AsDocumented, KeepsMarks:
	}
}

// next returns when the next mark comes back.
func (e *ear) next() (due time.Time, ok bool) {
	if len(e.marks) == 0 {
		return time.Time{}, false
	}
	return e.marks[0].due, true
}

// timeline returns what was heard from a time on, with the silence between, up to now.
func (e *ear) timeline(from, now time.Time) []byte {
	var line []byte
	heard := e.heard(now)
	for i, r := range e.runs {
		end := heard
		if i+1 < len(e.runs) {
			end = min(e.runs[i+1].from, heard)
		}
		if gap := r.begin.Sub(from) - e.format.Duration(len(line)); gap > 0 {
			line = e.format.AppendSilence(line, gap)
		}
		line = append(line, e.all[r.from:end]...)
	}
	if gap := now.Sub(from) - e.format.Duration(len(line)); gap > 0 {
		line = e.format.AppendSilence(line, gap)
	}
	return line
}
