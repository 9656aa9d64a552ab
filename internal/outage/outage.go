// Package outage opens the links of a session and replaces lost ones: it counts the
// attempts and makes the pauses between them. It knows no session: a func or a
// [Replacement] makes the attempts, and a [Policy] decides which failures are worth
// another one.
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

// The pauses between attempts, unless the options say otherwise.
const (
	InitialDelay = 500 * time.Millisecond
	MaxDelay     = 8 * time.Second
)

// Policy is how attempts to make a link are repeated.
type Policy struct {
	// Attempts bounds the attempts of one outage, or of one opening, which makes one at
	// least.
	Attempts int
	// InitialDelay doubles with each attempt up to MaxDelay, unless that is 0; each pause
	// is shortened at random by up to a quarter.
	InitialDelay, MaxDelay time.Duration
	// Timeout bounds an attempt, unless it is 0.
	Timeout time.Duration
	// WorthRetry reports whether another attempt may succeed after err.
	WorthRetry func(err error) bool
	// Renew reports whether another attempt may succeed because the credential that err
	// refuses was replaced.
	Renew func(ctx context.Context, err error) bool
	// RetryAfter returns the pause that a server asks for with err, or 0. At most a
	// minute of it is granted.
	RetryAfter func(err error) time.Duration
}

// Open runs open until it succeeds, and returns nil or the error of its last run. A run
// that follows a renewal has no pause and is not counted.
func (p *Policy) Open(ctx context.Context, open func() error) error {
	for attempt := 1; ; {
		err := open()
		if err == nil {
			return nil
		}
		if p.Renew(ctx, err) {
			continue
		}
		if attempt >= p.Attempts || ctx.Err() != nil || !p.WorthRetry(err) {
			return err
		}
		if ctxerr.Sleep(ctx, p.granted(err, p.delay(attempt))) != nil {
			return err
		}
		attempt++
	}
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
		if ctx.Err() != nil || !g.p.WorthRetry(err) && !g.p.Renew(ctx, err) {
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
	if err := ctxerr.Sleep(ctx, g.p.granted(why, delay)); err != nil {
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

// granted returns the pause after err: delay, or what the server asks for if that is
// longer, up to a minute.
func (p *Policy) granted(err error, delay time.Duration) time.Duration {
	return max(delay, min(p.RetryAfter(err), time.Minute))
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
