package recording

import (
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/internal/coalesce"
	"github.com/voicelane/realtime-go/recording/internal/redact"
)

// Writer writes a recording. Its methods may be called from any goroutine and never wait
// for the destination, except for Flush and Close: lines wait in a bounded buffer, and
// what does not fit is dropped and counted in a [Gap]. After an error of the destination
// everything is dropped; see [Writer.Err].
type Writer struct {
	// What each run of sound needs comes first: with many recordings, fetching it from
	// memory costs more than the work.
	mu     sync.Mutex // guards all down to err; it comes after writing
	over   bool       // closed, or the destination has failed
	armed  bool       // the timer runs
	closed bool
	lost   bool // a line was dropped
	// overdue is set when the buffer should have been written during another write.
	overdue bool
	clock   Micros    // of the last clock line
	latest  Micros    // of all lines
	conn    int       // that was dialed last, from 1
	early   Micros    // when a run of sound has the buffer written; while armed
	began   time.Time // set once
	merged  merged
	runs    runs
	filter  redact.Filter
	front   buffer // what waits; its size is at most o.BufferBytes
	offset  int64  // of the next sound in the sound file
	gap     Gap
	err     error

	o     Options
	timer *time.Timer

	// writing is held while the destination is written to; it comes before mu.
	writing sync.Mutex
	out     io.Writer    // guarded by writing
	sound   io.Writer    // nil: sound is inside; guarded by writing
	finish  func() error // closes the files; nil without some
}

// ErrClosed is returned by a writer that was closed.
var ErrClosed = errors.New("recording: the writer is closed")

// NewWriter returns a writer that writes to w, sound included; o may be nil. The header is
// written with the first lines. Close it to write the rest.
func NewWriter(w io.Writer, o *Options) *Writer { return newWriter(w, nil, o) }

func newWriter(w, sound io.Writer, o *Options) *Writer {
	x := &Writer{o: o.resolved(), began: time.Now(), conn: 1, out: w, sound: sound}
	x.filter = x.o.filter()
	x.runs.init(&x.o)
	h := x.keptHeader(x.o.header(x.began))
	if sound != nil {
		h.Sound = soundBeside
	}
	x.front.lines, x.err = appendHeader(x.front.text(), h)
	x.over = x.err != nil
	x.timer = time.AfterFunc(time.Hour, x.due)
	x.timer.Stop()
	return x
}

// Now returns the time on the clock of the recording.
func (w *Writer) Now() Micros { return MicrosOf(time.Since(w.began)) }

// At returns a time on the clock of the recording, 0 for one before it.
func (w *Writer) At(t time.Time) Micros { return max(MicrosOf(t.Sub(w.began)), 0) }

// Add writes a line for now, without the content that the recording does not keep. Conn
// is 0 for lines that belong to no connection.
func (w *Writer) Add(conn int, b Body) { w.AddAt(w.Now(), conn, b) }

// AddAt is Add for another time, in the last second.
func (w *Writer) AddAt(at Micros, conn int, b Body) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	w.endRuns()
	b = w.kept(b)
	if b == nil {
		return
	}
	if d, ok := b.(*Dial); ok && d.Error == "" {
		w.conn = max(conn, 1)
	}
	w.latest = max(w.latest, at)
	before := len(w.front.lines)
	lines, err := appendLine(w.front.text(), &Line{At: at, Conn: conn, Body: b})
	w.front.lines = lines
	if err != nil {
		w.front.lines = lines[:before]
		w.drop(b.Kind(), 0)
		return
	}
	w.added(before, b.Kind(), all)
	switch b.(type) {
	case *Lost, *Failure, *End:
		w.wake(0)
	default:
	}
}

// share is the part of the buffer that a line may fill, in quarters.
type share int

const (
	half        share = 2
	threeFourth share = 3
	all         share = 4
)

// added keeps or takes back what was appended to the lines. The lock is held.
func (w *Writer) added(before int, kind string, s share) bool {
	if w.front.size() > w.o.BufferBytes/int(all)*int(s) {
		dropped := len(w.front.lines) - before
		w.front.lines = w.front.lines[:before]
		w.drop(kind, dropped)
		return false
	}
	if w.gap.Lines > 0 && s == all {
		w.endGap()
	}
	if w.front.size() > earlyFlush {
		w.wake(0)
	} else {
		w.wake(w.o.FlushEvery)
	}
	return true
}

// drop counts a line that was dropped. The lock is held.
func (w *Writer) drop(kind string, bytes int) {
	w.lost = true
	w.gap.Lines++
	w.gap.Bytes += int64(bytes)
	if !slices.Contains(w.gap.Kinds, kind) {
		w.gap.Kinds = append(w.gap.Kinds, kind)
	}
}

// endGap writes what is missing, also beyond the bound of the buffer: it is short, and there
// is one until lines fit again. The lock is held.
func (w *Writer) endGap() {
	if w.gap.Lines == 0 {
		return
	}
	lines, err := appendLine(w.front.text(), &Line{At: w.Now(), Body: &w.gap})
	if err == nil {
		w.front.lines, w.gap = lines, Gap{}
	}
}

// wake has the buffer written after a time, or sooner. The lock is held.
func (w *Writer) wake(after time.Duration) {
	if w.closed || w.overdue || w.armed && after > 0 {
		return
	}
	w.armed, w.early = true, w.Now()+MicrosOf(after/2)
	w.timer.Reset(coalesce.Sooner(after, after/50))
}

// Flush writes what waits. It blocks for the destination.
func (w *Writer) Flush() error { return w.flush(false) }

// due writes what waits, on the timer's goroutine. While the destination is stuck in an
// earlier write, it leaves that to the end of that write, so that one goroutine waits.
func (w *Writer) due() {
	if !w.writing.TryLock() {
		w.mu.Lock()
		w.overdue = true
		w.mu.Unlock()
		if !w.writing.TryLock() {
			return
		}
	}
	_ = w.flushLocked(false)
	w.release()
}

// release ends a write, and has what became due meanwhile written at once: Options.FlushEvery
// has gone by for it, or it is a line that does not wait.
func (w *Writer) release() {
	w.writing.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.overdue {
		w.overdue, w.armed = false, false
		w.wake(0)
	}
}

// flush writes what waits, and the end of the recording if it is the last one.
func (w *Writer) flush(last bool) error {
	w.writing.Lock()
	defer w.release()
	return w.flushLocked(last)
}

// flushLocked is flush while writing is held.
func (w *Writer) flushLocked(last bool) error {
	w.mu.Lock()
	if w.closed && !last {
		defer w.mu.Unlock()
		return w.err
	}
	w.endRuns()
	w.endGap()
	w.armed = false // Nothing waits.
	err := w.err
	waited := w.front
	w.front = buffer{}
	w.mu.Unlock()
	if err == nil {
		err = w.write(&waited)
	}
	waited.free()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.err, w.over = err, true
	}
	return err
}

// write writes sound before the lines that refer to it. Writing is held.
func (w *Writer) write(b *buffer) error {
	if len(b.sound) > 0 {
		if _, err := w.sound.Write(b.sound); err != nil {
			return err
		}
	}
	if len(b.lines) == 0 {
		return nil
	}
	if _, err := w.out.Write(b.lines); err != nil {
		return err
	}
	if f, ok := w.out.(interface{ Flush() error }); ok {
		return f.Flush() // Compressed: a cut file reads up to here.
	}
	return nil
}

// Keeps reports whether the recording keeps a kind of content.
func (w *Writer) Keeps(k Keep) bool { return w.o.keeps(k) }

// Err returns the error of the destination, nil if there was none.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close writes what waits and the end line, closes the files of [Create], and returns the
// first error of the destination. A second Close does nothing. The end is that of the
// session, "closed" if it is nil.
func (w *Writer) Close(end *End) error {
	e := End{Why: "closed"}
	if end != nil {
		e = *end
	}
	w.mu.Lock()
	if w.closed {
		defer w.mu.Unlock()
		return w.err
	}
	w.endRuns()
	w.endGap()
	e.Complete = !w.lost
	e.Why = w.filter.Name(e.Why)
	if lines, err := appendLine(w.front.text(), &Line{At: max(w.Now(), w.latest), Body: &e}); err == nil {
		w.front.lines = lines
	}
	w.closed, w.over = true, true
	w.timer.Stop()
	w.mu.Unlock()
	err := w.flush(true)
	if w.finish != nil {
		err = errors.Join(err, w.finish())
	}
	return err
}
