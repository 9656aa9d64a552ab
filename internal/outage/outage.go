// Package outage replaces the lost links of a session: it counts the attempts and makes
// the pauses between them. It knows no session: a [Replacement] makes the attempts, and a
// [Policy] decides which failures are worth another one.
package outage

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/socket"
)

// stableAfter is how long a link must have lived for the next outage to have all its
// attempts. A link that breaks earlier continues the outage.
const stableAfter = 30 * time.Second

// Policy is how lost links are replaced.
type Policy struct {
	// Attempts bounds the attempts of one outage.
	Attempts int
	// InitialDelay doubles with each attempt up to MaxDelay, unless that is 0; each pause
	// is shortened at random by up to a quarter.
	InitialDelay, MaxDelay time.Duration
	// Timeout bounds an attempt, unless it is 0.
	Timeout time.Duration
	// WorthRetry reports whether another attempt may succeed after err.
	WorthRetry func(err error) bool
	// RetryAfter returns the pause that a server asks for with err, or 0. At most a
	// minute of it is granted.
	RetryAfter func(err error) time.Duration
}

// Outage replaces lost links of one session. It belongs to the reader's goroutine.
type Outage struct {
	p        Policy
	since    time.Time // when the current link was made
	attempts int       // in this outage
}

// New returns an Outage for a session whose first link is made now.
func New(p Policy) *Outage { return &Outage{p: p, since: time.Now()} }

// Attempts returns the number of attempts in the last outage.
func (g *Outage) Attempts() int { return g.attempts }

// Replacement is what a session does to replace a link.
type Replacement interface {
	// Announce tells the receiver of an attempt.
	Announce(attempt int, delay time.Duration, why error) error
	// Establish makes one attempt: it dials, and gives the new link what it needs.
	Establish(ctx context.Context) (link.Link, error)
}

// Replace returns a new link after one has ended with cause, or the error to end with.
// The first attempt has no pause if now is set.
func (g *Outage) Replace(ctx context.Context, cause error, now bool, r Replacement) (link.Link, error) {
	if time.Since(g.since) > stableAfter {
		g.attempts = 0
	}
	for why := cause; ; {
		g.attempts++
		if g.attempts > g.p.Attempts {
			return nil, why
		}
		l, err := g.attempt(ctx, now, why, r)
		if err == nil {
			g.since = time.Now()
			return l, nil
		}
		if ctx.Err() != nil || !g.p.WorthRetry(err) {
			return nil, err
		}
		why, now = err, false
	}
}

// attempt makes one attempt, after its pause unless now is set.
func (g *Outage) attempt(ctx context.Context, now bool, why error, r Replacement) (link.Link, error) {
	delay := g.p.delay(g.attempts)
	if now {
		delay = 0
	}
	if err := r.Announce(g.attempts, delay, why); err != nil {
		return nil, err
	}
	delay = max(delay, min(g.p.RetryAfter(why), time.Minute))
	if err := ctxerr.Sleep(ctx, delay); err != nil {
		return nil, why
	}
	if g.p.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, g.p.Timeout)
		defer cancel()
	}
	return r.Establish(ctx)
}

// Restore runs restore over a new link, which the end of the context aborts.
func Restore(ctx context.Context, l link.Link, restore func() error) error {
	stop := context.AfterFunc(ctx, l.Abort)
	err := restore()
	if !stop() && err == nil {
		err = &socket.TransportError{Op: "restore", Err: ctxerr.Of(ctx)}
	}
	if err != nil {
		l.Abort()
	}
	return err
}

// delay returns the pause before an attempt.
func (p *Policy) delay(attempt int) time.Duration {
	d := p.InitialDelay
	for range attempt - 1 {
		if d = 2 * d; d >= p.MaxDelay {
			break
		}
	}
	if p.MaxDelay > 0 {
		d = min(d, p.MaxDelay)
	}
	return d - time.Duration(rand.Float64()*float64(d)/4) //nolint:gosec // jitter, no secret
}
