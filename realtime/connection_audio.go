package realtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// Rates of a session's audio formats, in bytes a second. Audio devices count samples
// a second instead.
const (
	// RatePCM is the rate of audio/pcm: 24,000 samples a second of 2 bytes each, mono.
	RatePCM = 48000
	// RateG711 is the rate of audio/pcmu and audio/pcma: 8,000 samples a second of
	// 1 byte each, mono.
	RateG711 = 8000
)

// appendSize is the most audio that one event carries. The server takes 15 MiB; small
// events let others in between. It is even, so that no sample is cut.
const appendSize = 256 << 10

// split calls send with pieces of audio of at most appendSize.
func split(audio []byte, send func([]byte) error) error {
	for len(audio) > 0 {
		n := min(len(audio), appendSize)
		if err := send(audio[:n]); err != nil {
			return err
		}
		audio = audio[n:]
	}
	return nil
}

// Pace is how fast a recording is sent. The zero value is real time in pieces of 50 ms
// of [RatePCM].
type Pace struct {
	// Rate is the format's bytes a second, default [RatePCM].
	Rate int
	// Chunk is how much audio one event holds, default 50 ms.
	Chunk time.Duration
	// Speed is how much faster than real time, default 1.
	Speed float64
}

// sendAudio is the AppendAudio of a session.
type sendAudio func(ctx context.Context, audio []byte) error

// streamAudio sends audio as fast as r returns it, in pieces of whole samples.
func streamAudio(ctx context.Context, r io.Reader, send sendAudio) (int64, error) {
	if isNil(r) {
		return 0, errNilReader
	}
	buf := make([]byte, 16<<10)
	var total int64
	kept := 0 // the odd byte of the read before
	for {
		n, err := r.Read(buf[kept:])
		have := kept + n
		kept = have % 2
		if errors.Is(err, io.EOF) {
			kept = 0 // an odd end is sent as it is
		}
		whole := have - kept
		if whole > 0 {
			if err := send(ctx, buf[:whole]); err != nil {
				return total, err
			}
			total += int64(whole)
			copy(buf, buf[whole:have])
		}
		switch {
		case errors.Is(err, io.EOF):
			return total, nil
		case err != nil:
			return total, fmt.Errorf("realtime: audio source: %w", err)
		case ctx.Err() != nil:
			return total, ctxerr.Of(ctx)
		}
	}
}

// paceAudio sends audio in pieces, each when it is due.
func paceAudio(ctx context.Context, r io.Reader, p Pace, send sendAudio) (int64, error) {
	if isNil(r) {
		return 0, errNilReader
	}
	rate, chunk, speed := p.Rate, p.Chunk, p.Speed
	if rate <= 0 {
		rate = RatePCM
	}
	if chunk <= 0 {
		chunk = 50 * time.Millisecond
	}
	if speed <= 0 {
		speed = 1
	}
	size := max(int(int64(rate)*int64(chunk)/int64(time.Second))&^1, 2)
	buf := make([]byte, size)
	begin := time.Now()
	var total int64
	for {
		n, err := io.ReadFull(r, buf)
		if n > 0 {
			due := begin.Add(time.Duration(float64(total) / float64(rate) / speed * float64(time.Second)))
			if err := ctxerr.Sleep(ctx, time.Until(due)); err != nil {
				return total, err
			}
			if err := send(ctx, buf[:n]); err != nil {
				return total, err
			}
			total += int64(n)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return total, nil
		}
		if err != nil {
			return total, fmt.Errorf("realtime: audio source: %w", err)
		}
	}
}
