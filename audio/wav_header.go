package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Format codes of the fmt chunk.
const (
	wavPCM        = 1
	wavFloat      = 3
	wavALaw       = 6
	wavMuLaw      = 7
	wavExtensible = 0xfffe
)

// maxChannels bounds the memory for a block of samples.
const maxChannels = 64

// layout says how the samples of a WAV are stored.
type layout struct {
	encoding uint16 // One of the format codes, not extensible.
	channels int
	rate     int
	width    int // The bytes of a sample of one channel.
}

// blockSize returns the bytes of one sample of all channels.
func (l layout) blockSize() int { return l.channels * l.width }

// format returns the format in which the samples are read.
func (l layout) format(mixed bool) Format {
	switch {
	case mixed || l.rate != ULaw.Rate():
	case l.encoding == wavMuLaw:
		return ULaw
	case l.encoding == wavALaw:
		return ALaw
	}
	return PCM(l.rate)
}

// sample returns the first sample of p on the scale of 16 bits.
func (l layout) sample(p []byte) float64 {
	le := binary.LittleEndian
	switch {
	case l.encoding == wavMuLaw:
		return float64(muLawSamples[p[0]])
	case l.encoding == wavALaw:
		return float64(aLawSamples[p[0]])
	case l.encoding == wavFloat && l.width == 4:
		return float64(math.Float32frombits(le.Uint32(p))) * fullScale
	case l.encoding == wavFloat:
		return math.Float64frombits(le.Uint64(p)) * fullScale
	case l.width == 1:
		return float64(int(p[0])-128) * 256
	case l.width == 2:
		return float64(pcmSample(p))
	case l.width == 3:
		return float64(int32(uint32(p[0])<<8|uint32(p[1])<<16|uint32(p[2])<<24)) / (1 << 16) //nolint:gosec // The bits are the sample.
	default:
		return float64(int32(le.Uint32(p))) / (1 << 16) //nolint:gosec // The bits are the sample.
	}
}

// header is what comes before the sound.
type header struct {
	layout layout
	size   int64 // Of the sound in bytes, or unknownSize.
	riff   int64 // The size of the file according to its first chunk.
	ds64   int64 // The size of the sound in a file of 4 GiB or more.
	read   int64 // The bytes of the file that were read.
}

// readHeader reads r up to the first sample.
func readHeader(r io.Reader) (*header, error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("audio: read WAV header: %w", noEOF(err))
	}
	switch id := string(head[:4]); {
	case id == "RIFX":
		return nil, fmt.Errorf("%w: big-endian WAV (RIFX); convert it, for example with sox", ErrFormat)
	case id != "RIFF" && id != "RF64" || string(head[8:]) != "WAVE":
		return nil, fmt.Errorf("%w: not a WAV file; for samples without a header use NewSource", ErrFormat)
	}
	h := &header{riff: int64(binary.LittleEndian.Uint32(head[4:])), read: int64(len(head)), size: unknownSize}
	data := int64(0) // Where the sound begins, if it comes before its format.
	for {
		name, size, err := h.chunk(r)
		if err != nil {
			return nil, err
		}
		switch {
		case name == "fmt ":
			if h.layout, err = readLayout(r, size); err != nil {
				return nil, err
			}
			h.read += size + size&1
			if data > 0 {
				return h, seekTo(r, data-h.read)
			}
			continue
		case name == "data" && h.layout.width > 0:
			h.size = h.dataSize(size)
			return h, nil
		case name == "data":
			if _, ok := r.(io.Seeker); !ok {
				return nil, fmt.Errorf("%w: WAV whose sound comes before its format; pass an io.ReadSeeker, such as a file", ErrFormat)
			}
			data, h.size = h.read, h.dataSize(size)
		case name == "ds64" && size >= 16:
			var body [16]byte
			if _, err := io.ReadFull(r, body[:]); err != nil {
				return nil, fmt.Errorf("audio: read WAV header: %w", noEOF(err))
			}
			h.ds64 = int64(binary.LittleEndian.Uint64(body[8:]) & math.MaxInt64)
			h.read += int64(len(body))
			size -= int64(len(body))
		}
		if err := h.skip(r, size+size&1); err != nil {
			return nil, err
		}
	}
}

// chunk reads the header of the next chunk.
func (h *header) chunk(r io.Reader) (name string, size int64, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return "", 0, fmt.Errorf("%w: WAV without sound or its format (chunks data and fmt); the file is incomplete, write it again", ErrFormat)
		}
		return "", 0, fmt.Errorf("audio: read WAV header: %w", err)
	}
	h.read += int64(len(head))
	return string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:])), nil
}

// skip reads and discards n bytes.
func (h *header) skip(r io.Reader, n int64) error {
	if _, err := io.CopyN(io.Discard, r, n); err != nil {
		return fmt.Errorf("audio: skip a WAV chunk: %w", noEOF(err))
	}
	h.read += n
	return nil
}

// dataSize returns the size of the sound, given the size of its chunk. Programs that
// write to a pipe set 4 GiB, somewhat less than 2 GiB (sox), or 0.
func (h *header) dataSize(size int64) int64 {
	const (
		most   = math.MaxUint32
		soxMin = math.MaxInt32 - 1<<13 // 0x7ffff000, rounded down to a block.
	)
	switch {
	case size == most && h.ds64 > 0:
		return h.ds64
	case size >= most-1<<12, size >= soxMin && size <= math.MaxInt32,
		size == 0 && (h.riff <= h.read-8 || h.riff >= most-1<<12):
		return unknownSize
	default:
		return size
	}
}

// seekTo moves r by offset bytes.
func seekTo(r io.Reader, offset int64) error {
	s, ok := r.(io.Seeker)
	if !ok {
		return nil
	}
	if _, err := s.Seek(offset, io.SeekCurrent); err != nil {
		return fmt.Errorf("audio: read WAV: %w", err)
	}
	return nil
}

// readLayout reads the body of the chunk fmt, with its padding.
func readLayout(r io.Reader, size int64) (layout, error) {
	const plain, extensible = 16, 26 // The bytes that are needed.
	if size < plain || size > 1<<10 {
		return layout{}, fmt.Errorf("%w: WAV format of %d bytes; the file is damaged, write it again", ErrFormat, size)
	}
	b := make([]byte, size+size&1)
	if _, err := io.ReadFull(r, b); err != nil {
		return layout{}, fmt.Errorf("audio: read WAV format: %w", noEOF(err))
	}
	le := binary.LittleEndian
	l := layout{encoding: le.Uint16(b), channels: int(le.Uint16(b[2:]))}
	rate, align, depth := le.Uint32(b[4:]), int(le.Uint16(b[12:])), int(le.Uint16(b[14:]))
	if l.encoding == wavExtensible && size >= extensible {
		l.encoding = le.Uint16(b[24:]) // The first bytes of the GUID.
	}
	switch {
	case l.channels == 0 || l.channels > maxChannels:
		return layout{}, fmt.Errorf("%w: WAV of %d channels; 1 to %d can be read", ErrFormat, l.channels, maxChannels)
	case rate < minRate || rate > maxRate:
		return layout{}, fmt.Errorf("%w: WAV of %d samples a second; %d to %d can be read, resample it", ErrFormat, rate, minRate, maxRate)
	}
	l.rate = int(rate)
	l.width = (depth + 7) / 8
	if l.encoding == wavPCM && align%l.channels == 0 && align/l.channels > l.width && align/l.channels <= 4 {
		l.width = align / l.channels // Samples are at the upper end of their place.
	}
	widths := map[uint16][]int{wavPCM: {1, 2, 3, 4}, wavFloat: {4, 8}, wavALaw: {1}, wavMuLaw: {1}}[l.encoding]
	if slices.Contains(widths, l.width) {
		return l, nil
	}
	return layout{}, fmt.Errorf("%w: WAV encoding %d of %d bits; convert it to 16-bit PCM", ErrFormat, l.encoding, depth)
}

// noEOF turns io.EOF inside a structure into io.ErrUnexpectedEOF.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
