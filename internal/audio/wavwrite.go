package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// wavHeaderSize is the size of the header that [WAVWriter] writes.
const wavHeaderSize = 44

// errTooLong is returned when the audio does not fit into a WAV file.
var errTooLong = errors.New("write WAV: the sound is longer than 4 GiB")

// WAVWriter writes a WAV file as audio arrives. Until Close the header states an
// unknown length, which players accept, so that the file of a crashed process can still
// be played.
type WAVWriter struct {
	w       io.Writer
	format  Format
	written int64
	closed  bool
}

// NewWAVWriter writes a header to w. If w is an [io.WriteSeeker], Close writes the
// final lengths into the header; otherwise they stay unknown.
func NewWAVWriter(w io.Writer, f Format) (*WAVWriter, error) {
	writer := &WAVWriter{w: w, format: f}
	if _, err := w.Write(wavHeader(f, unknownSize)); err != nil {
		return nil, fmt.Errorf("write WAV header: %w", err)
	}
	return writer, nil
}

// Write appends audio in the writer's format.
func (w *WAVWriter) Write(p []byte) (int, error) {
	if w.written+int64(len(p)) > math.MaxUint32-wavHeaderSize {
		return 0, errTooLong
	}
	n, err := w.w.Write(p)
	w.written += int64(n)
	if err != nil {
		return n, fmt.Errorf("write WAV data: %w", err)
	}
	return n, nil
}

// Close completes the header. It does not close the underlying writer.
func (w *WAVWriter) Close() error {
	if w.closed {
		return nil
	}
	w.closed = true
	if w.written%2 == 1 {
		if _, err := w.w.Write([]byte{0}); err != nil {
			return fmt.Errorf("write WAV data: %w", err)
		}
	}
	seeker, ok := w.w.(io.WriteSeeker)
	if !ok {
		return nil
	}
	if _, err := seeker.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("write WAV header: %w", err)
	}
	header := wavHeader(w.format, uint32(w.written)) //nolint:gosec // Write keeps it in 32 bits.
	if _, err := seeker.Write(header); err != nil {
		return fmt.Errorf("write WAV header: %w", err)
	}
	if _, err := seeker.Seek(0, io.SeekEnd); err != nil {
		return fmt.Errorf("write WAV header: %w", err)
	}
	return nil
}

// WriteWAV writes a whole file.
func WriteWAV(w io.Writer, data []byte, f Format) error {
	if int64(len(data)) > math.MaxUint32-wavHeaderSize {
		return errTooLong
	}
	size := uint32(len(data)) //nolint:gosec // Checked above.
	file := append(wavHeader(f, size), data...)
	if size%2 == 1 {
		file = append(file, 0)
	}
	if _, err := w.Write(file); err != nil {
		return fmt.Errorf("write WAV: %w", err)
	}
	return nil
}

func wavHeader(f Format, size uint32) []byte {
	code := map[Encoding]uint16{PCM16: wavPCM, MuLaw: wavMuLaw, ALaw: wavALaw}[f.Encoding]
	width := uint16(f.SampleSize()) //nolint:gosec // 1 or 2.
	rate := uint32(f.Rate)          //nolint:gosec // Rates are small.
	riff := size
	if size != unknownSize {
		riff = size + size%2 + wavHeaderSize - 8
	}
	le := binary.LittleEndian
	b := append(make([]byte, 0, wavHeaderSize), "RIFF"...)
	b = le.AppendUint32(b, riff)
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, code)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint32(b, rate)
	b = le.AppendUint32(b, rate*uint32(width))
	b = le.AppendUint16(b, width)
	b = le.AppendUint16(b, 8*width)
	b = append(b, "data"...)
	return le.AppendUint32(b, size)
}
