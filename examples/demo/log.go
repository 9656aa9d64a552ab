package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// liveLog prints what happens, with the seconds since the start. Deltas come
// many times a second, so they are gathered until something else happens.
type liveLog struct {
	out     io.Writer
	start   time.Time
	events  int
	deltas  int           // Audio deltas since the last line,
	sound   time.Duration // and how long they play.
	words   strings.Builder
	flushed time.Time
}

// patience is how long a run of deltas may go on without a line.
const patience = time.Second

func newLiveLog(out io.Writer) *liveLog {
	now := time.Now()
	return &liveLog{out: out, start: now, flushed: now}
}

// line prints one line about who or what, after the deltas so far.
func (l *liveLog) line(who, format string, args ...any) {
	l.flush()
	l.write(who, fmt.Sprintf(format, args...))
}

func (l *liveLog) write(who, text string) {
	// There is nothing to do about a terminal that is gone.
	_, _ = fmt.Fprintf(l.out, "%8.3f  %-10s %s\n", time.Since(l.start).Seconds(), who, text)
}

// audio counts a delta of sound.
func (l *liveLog) audio(length time.Duration) {
	if l.deltas == 0 && l.words.Len() == 0 {
		l.flushed = time.Now()
	}
	l.deltas++
	l.sound += length
	if time.Since(l.flushed) >= patience {
		l.flush()
	}
}

// say adds to what the model is saying.
func (l *liveLog) say(words string) {
	if l.deltas == 0 && l.words.Len() == 0 {
		l.flushed = time.Now()
	}
	l.words.WriteString(words)
}

// flush prints the deltas gathered so far as one line.
func (l *liveLog) flush() {
	if l.deltas == 0 && l.words.Len() == 0 {
		return
	}
	text := fmt.Sprintf("(%d audio deltas, %.1f s)", l.deltas, l.sound.Seconds())
	if l.words.Len() > 0 {
		text = fmt.Sprintf("%q  %s", l.words.String(), text)
	}
	l.deltas, l.sound = 0, 0
	l.words.Reset()
	l.flushed = time.Now()
	l.write("model", text)
}
