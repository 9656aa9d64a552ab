package audio

import (
	"context"
	"fmt"
	"time"
)

// Pacer lets sound pass at the speed at which it is heard. The deadlines follow from the
// amount of sound since the first Wait, so that they do not drift: who was late catches
// up. After a pause, call Reset. Its methods must not run at the same time. It uses
// package time alone, and in a bubble of testing/synctest the bubble's clock.
type Pacer struct {
	Format Format
	Ahead  time.Duration // How far the sound may run ahead of the clock; default 0.
	Speed  float64       // 2 is twice as fast as it is heard; default 1.

	start time.Time // Of the first Wait.
	bytes int       // Since then.
	timer *time.Timer
}

// Wait blocks until the next n bytes of sound are due, at once for the first, or until
// ctx ends; then it returns the context's cause and does not count the bytes.
func (p *Pacer) Wait(ctx context.Context, n int) error {
	if !p.Format.Valid() {
		return fmt.Errorf("%w: set the Format of Pacer", ErrFormat)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if p.start.IsZero() {
		p.start = time.Now()
	}
	if wait := time.Until(p.start.Add(p.elapsed() - p.Ahead)); wait > 0 {
		if p.timer == nil {
			p.timer = time.NewTimer(wait)
		} else {
			p.timer.Reset(wait)
		}
		select {
		case <-p.timer.C:
		case <-ctx.Done():
			p.timer.Stop()
			return context.Cause(ctx)
		}
	}
	p.bytes += n
	return nil
}

// elapsed returns how long the sound so far takes at the pacer's speed.
func (p *Pacer) elapsed() time.Duration {
	d := p.Format.Duration(p.bytes)
	if p.Speed > 0 && p.Speed != 1 {
		return time.Duration(float64(d) / p.Speed)
	}
	return d
}

// Reset begins anew: the next Wait returns at once.
func (p *Pacer) Reset() { p.start, p.bytes = time.Time{}, 0 }
