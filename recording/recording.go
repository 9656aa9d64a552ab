package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Recording is a whole recording in memory.
type Recording struct {
	Header Header
	// Lines are the lines that could be read, in the order of their times.
	Lines []Line
	// Bad are the lines that could not be read.
	Bad []*LineError
	// Tail is where the recording was cut, nil if it is whole.
	Tail *Tail
	// Sound is the sound file, nil if the sound lies inside or was not kept.
	Sound io.ReaderAt
}

// Read reads a recording. Lines that cannot be read are listed in Recording.Bad, and the
// first of them is also the error, with the recording as far as it could be read: a caller
// that can go on without those lines does. A cut file is no error. The other errors are
// those of [NewReader], without a recording, and of r, such as damaged compression, with
// what could be read before it: it is cut there.
func Read(r io.Reader) (*Recording, error) {
	d, err := NewReader(r)
	if err != nil {
		return nil, err
	}
	rec := &Recording{Header: d.Header}
	var failed error
	for l, err := range d.Lines() {
		if bad, ok := errors.AsType[*LineError](err); ok {
			rec.Bad = append(rec.Bad, bad)
			continue
		}
		if err != nil {
			failed = err
			break
		}
		rec.Lines = append(rec.Lines, l)
	}
	rec.Tail = d.Tail()
	sortLines(rec.Lines, (*Frame).decode)
	if failed == nil && len(rec.Bad) > 0 {
		failed = rec.Bad[0]
	}
	return rec, failed
}

// Open reads the recording in a file, and the sound file beside it if there is one. The
// errors are those of [Read] and of the file system.
func Open(name string) (*Recording, error) {
	f, err := os.Open(name) //nolint:gosec // The caller's file.
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	rec, err := Read(f)
	if rec == nil || rec.Header.Sound != soundBeside {
		return rec, err
	}
	sound, missing := os.ReadFile(SoundFile(name))
	if missing == nil {
		rec.Sound = bytes.NewReader(sound)
	} else if !errors.Is(missing, os.ErrNotExist) {
		err = errors.Join(err, missing)
	}
	return rec, err
}

// soundBeside is the value of Header.Sound for sound in a file of its own.
const soundBeside = "beside"

// ErrNoSound is returned for sound that is not, or no longer, there.
var ErrNoSound = errors.New("recording: the sound is not there")

// Bytes returns the sound of a piece, in its codec. It is [ErrNoSound] if the sound file
// is missing or ends before the piece.
func (r *Recording) Bytes(a *Audio) ([]byte, error) {
	if a.Ref == nil {
		return a.Data, nil
	}
	if r.Sound == nil || a.Ref.Len > MaxLine {
		return nil, ErrNoSound
	}
	data := make([]byte, a.Ref.Len)
	n, err := r.Sound.ReadAt(data, a.Ref.Off)
	if n < len(data) {
		if err == nil || errors.Is(err, io.EOF) {
			err = ErrNoSound
		}
		return nil, fmt.Errorf("%w (offset %d, %d of %d bytes)", err, a.Ref.Off, n, len(data))
	}
	return data, nil
}

// Length is the time of the latest moment that a line covers.
func (r *Recording) Length() Micros {
	var end Micros
	for i := range r.Lines {
		l := &r.Lines[i]
		end = max(end, l.At)
		switch b := l.Body.(type) {
		case *Frame:
			end = max(end, l.At+b.Span)
		case *Heard:
			end = max(end, b.Began+b.To-b.From)
		default:
		}
	}
	return end
}

// WriteTo writes the header and the lines that were read, unknown ones included. Sound in
// a file of its own is not written.
func (r *Recording) WriteTo(w io.Writer) (int64, error) {
	var written int64
	buf, err := appendHeader(nil, &r.Header)
	for i := 0; err == nil; i++ {
		n, failed := w.Write(buf)
		written += int64(n)
		if failed != nil || i == len(r.Lines) {
			return written, failed
		}
		buf, err = appendLine(buf[:0], &r.Lines[i])
	}
	return written, err
}
