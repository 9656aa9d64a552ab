package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// liveLog prints events with the seconds since the start. It combines consecutive audio
// deltas, which arrive many times a second, into one line.
type liveLog struct {
	out     io.Writer
	start   time.Time
	events  int
	deltas  int           // Audio deltas since the last line,
	sound   time.Duration // and their playing time.
	words   strings.Builder
	flushed time.Time
}

// patience is the longest run of deltas without a line.
const patience = time.Second

func newLiveLog(out io.Writer) *liveLog {
	now := time.Now()
	return &liveLog{out: out, start: now, flushed: now}
}

// line prints the pending deltas and then one line about who.
func (l *liveLog) line(who, format string, args ...any) {
	l.flush()
	l.write(who, fmt.Sprintf(format, args...))
}

func (l *liveLog) write(who, text string) {
	// A failed write to the terminal cannot be reported.
	_, _ = fmt.Fprintf(l.out, "%8.3f  %-10s %s\n", time.Since(l.start).Seconds(), who, text)
}

// audio adds a delta of audio with this playing time.
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

// say appends words to the transcript of the model.
func (l *liveLog) say(words string) {
	if l.deltas == 0 && l.words.Len() == 0 {
		l.flushed = time.Now()
	}
	l.words.WriteString(words)
}

// flush prints the pending deltas as one line.
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
