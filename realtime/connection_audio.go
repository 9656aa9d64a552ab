package realtime

import (
	"context"
	"io"
	"time"

	"github.com/voicelane/realtime-go/internal/pace"
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

// streamAudio sends audio as fast as r returns it.
func streamAudio(ctx context.Context, r io.Reader, send pace.Send) (int64, error) {
	if isNil(r) {
		return 0, errNilReader
	}
	return pace.Stream(ctx, r, send)
}

// paceAudio sends audio in pieces, each when it is due.
func paceAudio(ctx context.Context, r io.Reader, p Pace, send pace.Send) (int64, error) {
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
	return pace.Paced(ctx, r, rate, chunk, speed, send)
}
