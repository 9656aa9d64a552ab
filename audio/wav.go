package audio

import (
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// WAVOptions says how a WAV of several channels becomes mono. The zero value takes files
// of one channel alone.
type WAVOptions struct {
	Channel int  // The channel to read, from 1.
	Mix     bool // Read the mean of all channels.
}

// WAV is a [Source] that reads a WAV file as a stream. Its methods must not run at the
// same time.
type WAV struct {
	r       io.Reader
	layout  layout
	format  Format
	pick    int   // The channel to read, from 0; -1: all are mixed.
	size    int64 // The bytes of the data chunk, unknownSize if the header does not say.
	left    int64 // Of size, the bytes that were not read yet.
	raw     []byte
	partial int // The bytes at the start of raw that are part of a block.
	idle    int // Reads in a row that returned nothing.
	err     error
}

// unknownSize is the size of data whose header does not tell it.
const unknownSize = -1

// ReadWAV reads the header of a WAV file from r and returns its sound, which is read from
// r as it is asked for. It reads PCM of 8, 16, 24 and 32 bits, float of 32 and 64 bits,
// G.711, their extensible forms, and RF64; chunks that it does not know are skipped.
// Files whose header gives no length, as programs write them to a pipe, end where r does.
// Memory use does not depend on what the header claims.
//
// The sound is in the rate of the file, as 16-bit samples; G.711 at 8 kHz stays as it is,
// unless channels are mixed. A file of several channels is an error that wraps
// [ErrFormat], unless o chooses one or mixes them. A nil o is the zero WAVOptions. If the
// sound comes before its description, r must be an [io.Seeker].
func ReadWAV(r io.Reader, o *WAVOptions) (*WAV, error) {
	if o == nil {
		o = &WAVOptions{}
	}
	head, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	w := &WAV{r: r, layout: head.layout, size: head.size, left: head.size}
	channels := head.layout.channels
	switch {
	case o.Mix && o.Channel != 0:
		return nil, fmt.Errorf("%w: WAVOptions has both Channel and Mix; set one of them", ErrFormat)
	case o.Channel < 0 || o.Channel > channels:
		return nil, fmt.Errorf("%w: WAV has no channel %d; choose one from 1 to %d with WAVOptions.Channel", ErrFormat, o.Channel, channels)
	case o.Channel > 0:
		w.pick = o.Channel - 1
	case channels > 1 && !o.Mix:
		return nil, fmt.Errorf("%w: WAV of %d channels; choose one with WAVOptions.Channel, or all with WAVOptions.Mix", ErrFormat, channels)
	case channels > 1:
		w.pick = -1
	}
	w.format = head.layout.format(w.pick < 0)
	w.raw = make([]byte, max(block, 1)*head.layout.blockSize())
	return w, nil
}

// Format returns the format of what Read returns.
func (w *WAV) Format() Format { return w.format }

// Length returns the length of the sound according to the header, 0 if it does not say.
func (w *WAV) Length() time.Duration {
	if w.size == unknownSize {
		return 0
	}
	blocks := w.size / int64(w.layout.blockSize())
	rate := int64(w.format.Rate())
	if blocks/rate > int64(math.MaxInt64/time.Second)-1 {
		return math.MaxInt64
	}
	return time.Duration(blocks/rate)*time.Second + time.Duration(blocks%rate)*time.Second/time.Duration(rate)
}

// Read reads whole samples. It returns [io.ErrUnexpectedEOF], wrapped, after the last
// sample if the file is shorter than its header says, and [io.ErrShortBuffer] if p has no
// room for a sample.
func (w *WAV) Read(p []byte) (int, error) {
	blocks := len(p) / w.format.SampleSize()
	switch {
	case len(p) == 0:
		return 0, nil
	case blocks == 0:
		return 0, io.ErrShortBuffer
	}
	size := w.layout.blockSize()
	for w.partial < size && w.err == nil {
		w.fill(min(blocks*size, len(w.raw)))
	}
	blocks = w.partial / size
	if blocks == 0 {
		return 0, w.err
	}
	n := w.decode(p, w.raw[:blocks*size])
	w.partial = copy(w.raw, w.raw[blocks*size:w.partial])
	return n, nil
}

// fill reads up to limit bytes of raw.
func (w *WAV) fill(limit int) {
	room := w.raw[w.partial:limit]
	if w.size != unknownSize {
		room = room[:min(int64(len(room)), w.left)]
		if len(room) == 0 {
			w.err = io.EOF
			return
		}
	}
	n, err := w.r.Read(room)
	w.partial += n
	w.left -= int64(n)
	switch {
	case errors.Is(err, io.EOF) && w.size != unknownSize && w.left > 0:
		w.err = fmt.Errorf("audio: WAV ends %d bytes before the length in its header; use what was read, or record it again: %w", w.left, io.ErrUnexpectedEOF)
	case errors.Is(err, io.EOF):
		w.err = io.EOF
	case err != nil:
		w.err = fmt.Errorf("audio: read WAV: %w", err)
	case n > 0:
		w.idle = 0
	default:
		if w.idle++; w.idle == maxIdle {
			w.err = io.ErrNoProgress
		}
	}
}

// decode writes the sound of whole blocks to p and returns its length.
func (w *WAV) decode(p, blocks []byte) int {
	l := w.layout
	if l.channels == 1 && (l.encoding == wavPCM && l.width == 2 || w.format == ULaw || w.format == ALaw) {
		return copy(p, blocks)
	}
	i := 0
	for ; len(blocks) > 0; blocks = blocks[l.blockSize():] {
		switch {
		case w.pick < 0:
			sum := 0.0
			for c := range l.channels {
				sum += l.sample(blocks[c*l.width:])
			}
			w.format.set(p, i, clip(sum/float64(l.channels)))
		case w.format.SampleSize() == 1:
			p[i] = blocks[w.pick]
		default:
			w.format.set(p, i, clip(l.sample(blocks[w.pick*l.width:])))
		}
		i++
	}
	return i * w.format.SampleSize()
}
