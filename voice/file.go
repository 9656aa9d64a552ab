package voice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// FileOptions are the settings of a [FileLine]. Nil and the zero value are the defaults.
type FileOptions struct {
	// WAV chooses the channel that [OpenWAV] reads.
	WAV audio.WAVOptions
	// Format is that of both directions of the line; default PCM24k.
	Format audio.Format
	// After is how much later than the caller's sound the line ends. By default, it ends
	// once neither side has been heard for 3 s.
	After time.Duration
}

const (
	// quietEnd is the silence of both sides that ends a FileLine.
	quietEnd = 3 * time.Second
	// fadeTime is the length of sound that fades out after a clear, so that the cut does
	// not click.
	fadeTime = 5 * time.Millisecond
)

// FileLine is a line whose caller is a recording. It plays at its own speed, and what both
// sides say can be written as a stereo WAV on one clock. It is a [Line], a [Player],
// [Buffered] and a [Hanger]. Time passes while Receive is called; Play blocks while 2 s of sound wait.
type FileLine struct {
	format audio.Format
	in     audio.Source
	out    *audio.WAVWriter // nil: nothing is written
	after  time.Duration
	closer []io.Closer

	frame, right, stereo []byte // of Receive
	began                time.Time
	frames               int  // that were received
	rest                 int  // frames since the end of the caller's sound
	over                 bool // the caller's sound has ended
	timer                *time.Timer
	room                 chan struct{} // has a token after sound was heard
	stop                 chan struct{} // closed by HangUp

	mu     sync.Mutex // guards what follows, and out
	sound  fifo       // of the model, that was not heard
	fade   fifo       // of what was cleared
	quiet  int        // frames since the model was heard
	played int        // bytes since the last clear
	clears int
	ended  bool
	closed bool
	err    error // of writing the WAV
}

// NewFileLine returns a line whose caller is a sound, converted to the line's format. out,
// if not nil, becomes a stereo WAV with the caller on the left and the model on the
// right. Close completes it, and closes neither in nor out; o may be nil.
func NewFileLine(in audio.Source, out io.Writer, o *FileOptions) (*FileLine, error) {
	var c FileOptions
	if o != nil {
		c = *o
	}
	if c.Format == 0 {
		c.Format = audio.PCM24k
	}
	if in == nil || !in.Format().Valid() || !c.Format.Valid() {
		return nil, errInvalidFormat
	}
	l := &FileLine{
		format: c.Format, in: audio.Convert(in, c.Format), after: c.After,
		room: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	if out != nil {
		l.out = audio.NewWAVWriter(out, c.Format, 2)
	}
	return l, nil
}

// OpenWAV is [NewFileLine] over files. With an empty out no file is written. Close closes
// both.
func OpenWAV(in, out string, o *FileOptions) (*FileLine, error) {
	if o == nil {
		o = &FileOptions{}
	}
	f, err := os.Open(in) //nolint:gosec // The caller names the file.
	if err != nil {
		return nil, err //nolint:wrapcheck // It names the file.
	}
	closers := []io.Closer{f}
	wav, err := audio.ReadWAV(f, &o.WAV)
	if err == nil {
		err = distinct(f, out)
	}
	var w io.Writer
	if err == nil && out != "" {
		var file *os.File
		if file, err = os.Create(out); err == nil { //nolint:gosec // The caller names the file.
			w, closers = file, append(closers, file)
		}
	}
	var l *FileLine
	if err == nil {
		l, err = NewFileLine(wav, w, o)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("voice: %s: %w", in, err), closeAll(closers))
	}
	l.closer = closers
	return l, nil
}

// distinct returns an error if the output would overwrite the recording.
func distinct(in *os.File, out string) error {
	was, err := in.Stat()
	if err != nil {
		return err //nolint:wrapcheck // It names the file.
	}
	if is, err := os.Stat(out); err == nil && os.SameFile(was, is) {
		return errors.New("the output is the recording itself: choose another file")
	}
	return nil
}

func closeAll(closers []io.Closer) error {
	var errs []error
	for _, c := range closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// Formats returns the line's format twice.
func (l *FileLine) Formats() (in, out audio.Format) { return l.format, l.format }

// Receive waits until the next 20 ms of the recording are due. After the recording it
// returns silence, until the line ends.
func (l *FileLine) Receive(ctx context.Context) (Input, error) {
	if err := l.wait(ctx); err != nil {
		return Input{}, err
	}
	size := l.format.Bytes(frameTime)
	l.frame = l.frame[:size]
	n, err := 0, error(nil)
	if !l.over {
		n, err = io.ReadFull(l.in, l.frame)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			l.over, err = true, nil
		}
	} else {
		l.rest++
	}
	l.format.AppendSilence(l.frame[:n], l.format.Duration(size-n))
	l.frames++
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		err = l.hear()
	}
	if err != nil {
		l.ended, l.err = true, err
		return Input{}, err
	}
	return Input{Audio: l.frame}, nil
}

// wait waits for the next frame.
func (l *FileLine) wait(ctx context.Context) error {
	now := time.Now()
	if l.began.IsZero() {
		l.began, l.timer = now, time.NewTimer(0)
		l.frame = make([]byte, l.format.Bytes(frameTime))
	}
	if err := l.finished(); err != nil {
		return err
	}
	l.timer.Reset(l.began.Add(time.Duration(l.frames+1) * frameTime).Sub(now))
	defer l.timer.Stop()
	select {
	case <-l.timer.C:
		return nil
	case <-l.stop:
		return l.finished()
	case <-ctx.Done():
		return ctxerr.Of(ctx)
	}
}

// finished returns io.EOF after the end of the line.
func (l *FileLine) finished() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := time.Duration(l.rest) * frameTime
	switch {
	case l.ended:
	case l.over && l.after > 0 && rest >= l.after, l.over && l.after < 0:
	case l.over && l.after == 0 && rest >= quietEnd && time.Duration(l.quiet)*frameTime >= quietEnd && l.sound.len() == 0:
	default:
		return nil
	}
	l.ended = true
	signal(l.room)
	if l.err != nil {
		return l.err
	}
	return io.EOF
}

// hear takes what the caller hears during a frame, and writes both sides.
func (l *FileLine) hear() error {
	size := len(l.frame)
	fade := l.fade.pop(size)
	sound := l.sound.pop(size - len(fade))
	l.played += len(sound)
	l.quiet++
	if len(fade)+len(sound) > 0 {
		l.quiet = 0
		signal(l.room)
	}
	if l.out == nil {
		return nil
	}
	l.right = append(append(l.right[:0], fade...), sound...)
	l.right = l.format.AppendSilence(l.right, l.format.Duration(size-len(l.right)))
	sample := l.format.SampleSize()
	l.stereo = l.stereo[:0]
	for i := 0; i < size; i += sample {
		l.stereo = append(l.stereo, l.frame[i:i+sample]...)
		l.stereo = append(l.stereo, l.right[i:i+sample]...)
	}
	_, err := l.out.Write(l.stereo)
	return err
}

// Play queues sound of the model. It blocks while 2 s wait.
func (l *FileLine) Play(ctx context.Context, sound []byte) error {
	l.mu.Lock()
	since := l.clears
	l.mu.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return ctxerr.Of(ctx)
		}
		l.mu.Lock()
		n := min(len(sound), l.space())
		cleared, ended := l.clears != since, l.ended
		if !cleared && !ended {
			l.sound.push(sound[:n])
			sound = sound[n:]
		}
		l.mu.Unlock()
		switch {
		case cleared:
			return nil
		case ended:
			return ErrLineEnded
		case len(sound) == 0:
			return nil
		}
		select {
		case <-l.room:
		case <-ctx.Done():
		}
	}
}

// Room returns how many bytes Play takes without blocking.
func (l *FileLine) Room() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.space()
}

// space is Room under the lock.
func (l *FileLine) space() int { return max(l.format.Bytes(lineBuffer)-l.sound.len(), 0) }

// Clear drops what was not heard, but for 5 ms that fade out.
func (l *FileLine) Clear(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return ErrLineEnded
	}
	samples := l.format.AppendSamples(nil, l.sound.pop(l.format.Bytes(fadeTime)))
	for i := range samples {
		samples[i] = int16(int(samples[i]) * (len(samples) - i) / len(samples)) //nolint:gosec // It becomes smaller.
	}
	l.fade.push(l.format.AppendBytes(nil, samples))
	l.sound.clear()
	l.played = 0
	l.clears++
	signal(l.room)
	return nil
}

// Played returns the bytes that were heard since the last Clear.
func (l *FileLine) Played() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.played
}

// HangUp ends the line.
func (l *FileLine) HangUp(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.ended = true
		close(l.stop)
		signal(l.room)
	}
	return nil
}

// Close ends the line and completes the WAV. The second Close does nothing.
func (l *FileLine) Close() error {
	if err := l.HangUp(context.Background()); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	var err error
	if l.out != nil {
		err = l.out.Close()
	}
	return errors.Join(err, closeAll(l.closer))
}
