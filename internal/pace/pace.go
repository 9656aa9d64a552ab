// Package pace reads audio and sends it in pieces of whole samples, as fast as it is
// read or at a given speed. Split cuts a piece of any length into events.
package pace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// appendSize is the most audio that one event carries. The server takes 15 MiB; small
// events let others in between. It is even, so that no sample is cut.
const appendSize = 256 << 10

// Split calls send with pieces of audio of at most 256 KiB.
func Split(audio []byte, send func([]byte) error) error {
	for len(audio) > 0 {
		n := min(len(audio), appendSize)
		if err := send(audio[:n]); err != nil {
			return err
		}
		audio = audio[n:]
	}
	return nil
}

// Send sends a piece of audio, which it does not keep.
type Send func(ctx context.Context, audio []byte) error

// Stream sends audio as fast as r returns it, in pieces of whole samples. It returns how
// many bytes were sent.
func Stream(ctx context.Context, r io.Reader, send Send) (int64, error) {
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

// Paced sends audio in pieces, each when it is due: pieces of the length chunk of audio
// that has rate bytes a second, and is sent speed times as fast as it would be heard. It
// returns how many bytes were sent.
func Paced(ctx context.Context, r io.Reader, rate int, chunk time.Duration, speed float64, send Send) (int64, error) {
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
