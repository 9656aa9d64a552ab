package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// errTooLong is returned when the sound does not fit into a WAV file.
var errTooLong = errors.New("audio: a WAV file holds no more than 4 GiB; begin another file")

// WAVWriter writes a WAV file as its sound arrives. Until Close, and for writers that
// cannot seek, the header states an unknown length, with which players and [ReadWAV] play
// to the end of the file: the file of a crashed process is readable. Its methods must not
// run at the same time.
type WAVWriter struct {
	w        io.Writer
	format   Format
	channels int
	begun    bool
	start    int64 // Where the file begins in w, -1 if w cannot seek.
	written  int64 // The bytes of sound.
	closed   bool
	scratch  []byte
	err      error // The first error, which all later calls return.
}

// NewWAVWriter returns a writer of sound in format f with a number of channels to w. The
// header is written with the first sound; errors are returned there.
func NewWAVWriter(w io.Writer, f Format, channels int) *WAVWriter {
	writer := &WAVWriter{w: w, format: f, channels: channels}
	switch {
	case !f.Valid():
		writer.err = fmt.Errorf("%w: WAV in an invalid format; use a constant of this package, or PCM with a rate of 1000 to 768000", ErrFormat)
	case channels < 1 || channels > maxChannels:
		writer.err = fmt.Errorf("%w: WAV of %d channels; 1 to %d can be written", ErrFormat, channels, maxChannels)
	}
	return writer
}

// Write appends sound, with the samples of all channels interleaved.
func (w *WAVWriter) Write(p []byte) (int, error) {
	w.begin()
	switch {
	case w.err != nil:
		return 0, w.err
	case w.closed:
		return 0, fmt.Errorf("audio: write to a closed WAV: %w", io.ErrClosedPipe)
	case w.written+int64(len(p)) > math.MaxUint32-wavHeaderSize:
		return 0, errTooLong
	}
	n, err := w.w.Write(p)
	w.written += int64(n)
	if err != nil {
		w.err = fmt.Errorf("audio: write WAV: %w", err)
	}
	return n, w.err
}

// WriteChannels appends sound given by channel, the first one first (left, then right),
// which starts at the same time in all. Shorter ones, and those that are not given, are
// filled with silence to the length of the longest. It allocates nothing once its buffer
// has grown.
func (w *WAVWriter) WriteChannels(sound ...[]byte) error {
	if w.err != nil {
		return w.err
	}
	if len(sound) > w.channels {
		return fmt.Errorf("audio: sound for %d channels of a WAV with %d; name them all in NewWAVWriter", len(sound), w.channels)
	}
	samples := 0
	for _, s := range sound {
		samples = max(samples, w.format.samples(len(s)))
	}
	for from := 0; from < samples; from += block {
		if err := w.interleave(sound, from, min(block, samples-from)); err != nil {
			return err
		}
	}
	return nil
}

// interleave writes n samples of each channel, beginning with sample from.
func (w *WAVWriter) interleave(sound [][]byte, from, n int) error {
	size := w.format.SampleSize()
	if w.scratch == nil {
		w.scratch = make([]byte, block*w.channels*size)
	}
	out := w.scratch[:n*w.channels*size]
	w.format.silence(out)
	for c, s := range sound {
		for i := range min(n, w.format.samples(len(s))-from) {
			at := (i*w.channels + c) * size
			copy(out[at:at+size], s[(from+i)*size:])
		}
	}
	_, err := w.Write(out)
	return err
}

// Close completes the file. It does not close the underlying writer.
func (w *WAVWriter) Close() error {
	w.begin()
	if w.closed || w.err != nil {
		return w.err
	}
	w.closed = true
	if err := w.complete(); err != nil {
		w.err = fmt.Errorf("audio: complete WAV: %w", err)
	}
	return w.err
}

func (w *WAVWriter) complete() error {
	if w.written%2 == 1 {
		if _, err := w.w.Write([]byte{0}); err != nil {
			return err //nolint:wrapcheck // Close adds what was done.
		}
	}
	seeker, ok := w.w.(io.WriteSeeker)
	if !ok || w.start < 0 {
		return nil
	}
	if _, err := seeker.Seek(w.start, io.SeekStart); err != nil {
		return err //nolint:wrapcheck // As above.
	}
	if _, err := seeker.Write(w.header(w.written)); err != nil {
		return err //nolint:wrapcheck // As above.
	}
	_, err := seeker.Seek(0, io.SeekEnd)
	return err //nolint:wrapcheck // As above.
}

// begin writes the header, once.
func (w *WAVWriter) begin() {
	if w.begun || w.err != nil {
		return
	}
	w.begun, w.start = true, -1
	if s, ok := w.w.(io.Seeker); ok {
		if at, err := s.Seek(0, io.SeekCurrent); err == nil {
			w.start = at // Pipes are files that cannot seek.
		}
	}
	if _, err := w.w.Write(w.header(unknownSize)); err != nil {
		w.err = fmt.Errorf("audio: write WAV header: %w", err)
	}
}

// wavHeaderSize is the most that the header takes.
const wavHeaderSize = 58

// header returns the header for a number of bytes of sound. That of G.711 has the chunk
// fact, as the standard wants for what is not PCM.
func (w *WAVWriter) header(size int64) []byte {
	le := binary.LittleEndian
	code := map[encoding]uint16{pcm16: wavPCM, muLaw: wavMuLaw, aLaw: wavALaw}[w.format.encoding()]
	width := w.format.SampleSize()
	align := width * w.channels
	length, riff, samples := uint32(math.MaxUint32), uint32(math.MaxUint32), uint32(math.MaxUint32)
	b := append(make([]byte, 0, wavHeaderSize), "RIFF\x00\x00\x00\x00WAVEfmt "...)
	b = le.AppendUint32(b, map[bool]uint32{true: 16, false: 18}[code == wavPCM])
	b = le.AppendUint16(b, code)
	b = le.AppendUint16(b, uint16(w.channels))            //nolint:gosec // Bounded by NewWAVWriter.
	b = le.AppendUint32(b, uint32(w.format.Rate()))       //nolint:gosec // Bounded by PCM.
	b = le.AppendUint32(b, uint32(w.format.Rate()*align)) //nolint:gosec // As above.
	b = le.AppendUint16(b, uint16(align))                 //nolint:gosec // As above.
	b = le.AppendUint16(b, uint16(8*width))               //nolint:gosec // 8 or 16.
	if size != unknownSize {
		length = uint32(size)                        //nolint:gosec // Write keeps it in 32 bits.
		samples = uint32(size / int64(align))        //nolint:gosec // As above.
		riff = uint32(size + size%2 + int64(len(b))) //nolint:gosec // As above; len(b) stands for RIFF's 8 less than the whole, data's 8 more.
	}
	if code != wavPCM {
		b = append(b, 0, 0, 'f', 'a', 'c', 't', 4, 0, 0, 0)
		b = le.AppendUint32(b, samples)
		if size != unknownSize {
			riff += 14
		}
	}
	le.PutUint32(b[4:], riff)
	b = append(b, "data"...)
	return le.AppendUint32(b, length)
}
