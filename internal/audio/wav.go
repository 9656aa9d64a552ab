package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// The package has its own WAV reader and writer: existing libraries decode to []int,
// require an io.Seeker for reading, or are unmaintained, and the needed subset is
// small.

// Format codes of the fmt chunk.
const (
	wavPCM        = 1
	wavALaw       = 6
	wavMuLaw      = 7
	wavExtensible = 0xfffe
)

// unknownSize is the size that streaming writers put into the header.
const unknownSize = math.MaxUint32

// ErrFormat is returned when the input is not a WAV file that this package supports.
// Errors that wrap it add the reason.
var ErrFormat = errors.New("not a mono WAV file of PCM16, mu-law or A-law")

// WAVReader reads the samples of a WAV file as a stream of bytes. Read returns
// [io.ErrUnexpectedEOF] if the file is shorter than its header states.
type WAVReader struct {
	format  Format
	r       io.Reader
	left    int64
	unknown bool // The header does not state the length.
}

// NewWAVReader reads the header from r, up to the first sample.
func NewWAVReader(r io.Reader) (*WAVReader, error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("read WAV header: %w", noEOF(err))
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return nil, fmt.Errorf("%w: no RIFF/WAVE header", ErrFormat)
	}
	w := &WAVReader{r: r}
	for {
		name, size, err := readChunkHeader(r)
		if err != nil {
			return nil, err
		}
		switch name {
		case "fmt ":
			if w.format, err = readWAVFormat(r, size); err != nil {
				return nil, err
			}
		case "data":
			if w.format.Rate == 0 {
				return nil, fmt.Errorf("%w: data comes before fmt", ErrFormat)
			}
			w.left, w.unknown = int64(size), size == unknownSize
			return w, nil
		default:
			if err := skip(r, int64(size)+int64(size&1)); err != nil {
				return nil, fmt.Errorf("read WAV chunk: %w", err)
			}
		}
	}
}

// Format returns the format of the sound.
func (w *WAVReader) Format() Format { return w.format }

// Read implements [io.Reader].
func (w *WAVReader) Read(p []byte) (int, error) {
	if w.unknown {
		return w.r.Read(p) //nolint:wrapcheck // The error is the reader's own.
	}
	if w.left == 0 {
		return 0, io.EOF
	}
	n, err := w.r.Read(p[:min(int64(len(p)), w.left)])
	w.left -= int64(n)
	if errors.Is(err, io.EOF) && w.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err //nolint:wrapcheck // As above.
}

// ReadWAV reads a whole file.
func ReadWAV(r io.Reader) ([]byte, Format, error) {
	w, err := NewWAVReader(r)
	if err != nil {
		return nil, Format{}, err
	}
	data, err := io.ReadAll(w)
	if err != nil {
		return nil, Format{}, fmt.Errorf("read WAV data: %w", err)
	}
	return data, w.format, nil
}

func readChunkHeader(r io.Reader) (name string, size uint32, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return "", 0, fmt.Errorf("%w: no data chunk", ErrFormat)
		}
		return "", 0, fmt.Errorf("read WAV chunk: %w", err)
	}
	return string(head[:4]), binary.LittleEndian.Uint32(head[4:]), nil
}

func readWAVFormat(r io.Reader, size uint32) (Format, error) {
	const plain, extensible = 16, 26 // Size in bytes of the fields that are read.
	if size < plain || size > 1<<10 {
		return Format{}, fmt.Errorf("%w: fmt chunk of %d bytes", ErrFormat, size)
	}
	b := make([]byte, size+size&1)
	if _, err := io.ReadFull(r, b); err != nil {
		return Format{}, fmt.Errorf("read WAV format: %w", noEOF(err))
	}
	code := binary.LittleEndian.Uint16(b)
	if code == wavExtensible && size >= extensible {
		code = binary.LittleEndian.Uint16(b[24:]) // The first bytes of the GUID.
	}
	channels := binary.LittleEndian.Uint16(b[2:])
	rate := binary.LittleEndian.Uint32(b[4:])
	bits := binary.LittleEndian.Uint16(b[14:])
	f := Format{Rate: int(rate)}
	switch {
	case channels != 1:
		return Format{}, fmt.Errorf("%w: %d channels", ErrFormat, channels)
	case rate == 0 || rate > 1<<20:
		return Format{}, fmt.Errorf("%w: rate %d", ErrFormat, rate)
	case code == wavPCM && bits == 16:
		f.Encoding = PCM16
	case code == wavALaw && bits == 8:
		f.Encoding = ALaw
	case code == wavMuLaw && bits == 8:
		f.Encoding = MuLaw
	default:
		return Format{}, fmt.Errorf("%w: format code %d with %d bits", ErrFormat, code, bits)
	}
	return f, nil
}

// skip reads and discards n bytes.
func skip(r io.Reader, n int64) error {
	_, err := io.CopyN(io.Discard, r, n)
	return noEOF(err)
}

// noEOF turns io.EOF inside a structure into io.ErrUnexpectedEOF.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
