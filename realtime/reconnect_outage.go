package realtime

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/socket"
)

// stableAfter is how long a link must have lived for the next outage to have all its
// attempts. A link that breaks earlier continues the outage.
const stableAfter = 30 * time.Second

// outage replaces lost links of one session: it counts the attempts and makes the pauses.
// It belongs to the reader's goroutine.
type outage struct {
	o        *Reconnect
	since    time.Time // when the current link was made
	attempts int       // in this outage
}

// replacement is what a session does to replace a link.
type replacement interface {
	// announce tells the receiver of an attempt.
	announce(attempt int, delay time.Duration, why error) error
	// establish makes one attempt: it dials, and gives the new link what it needs.
	establish(ctx context.Context) (link.Link, error)
}

// replace returns a new link after one has ended with cause, or the error to end with.
// The first attempt has no pause if now is set.
func (g *outage) replace(ctx context.Context, cause error, now bool, r replacement) (link.Link, error) {
	if time.Since(g.since) > stableAfter {
		g.attempts = 0
	}
	for why := cause; ; {
		g.attempts++
		if g.attempts > g.o.Attempts {
			return nil, why
		}
		l, err := g.attempt(ctx, now, why, r)
		if err == nil {
			g.since = time.Now()
			return l, nil
		}
		if ctx.Err() != nil || !worthRetry(err) {
			return nil, err
		}
		why, now = err, false
	}
}

// attempt makes one attempt, after its pause unless now is set.
func (g *outage) attempt(ctx context.Context, now bool, why error, r replacement) (link.Link, error) {
	delay := g.o.delay(g.attempts)
	if now {
		delay = 0
	}
	if err := r.announce(g.attempts, delay, why); err != nil {
		return nil, err
	}
	if refused, ok := errors.AsType[*APIError](why); ok {
		delay = max(delay, min(refused.RetryAfter, time.Minute))
	}
	if err := ctxerr.Sleep(ctx, delay); err != nil {
		return nil, why
	}
	if g.o.RestoreTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, g.o.RestoreTimeout)
		defer cancel()
	}
	return r.establish(ctx)
}

// restored runs restore over a new link, which the end of the context aborts.
func restored(ctx context.Context, l link.Link, restore func() error) error {
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
func (r *Reconnect) delay(attempt int) time.Duration {
	d := r.InitialDelay
	for range attempt - 1 {
		if d = 2 * d; d >= r.MaxDelay {
			break
		}
	}
	if r.MaxDelay > 0 {
		d = min(d, r.MaxDelay)
	}
	return d - time.Duration(rand.Float64()*float64(d)/4) //nolint:gosec // jitter, no secret
}

// worthRetry reports whether another attempt may succeed after err.
func worthRetry(err error) bool {
	for _, fatal := range []error{socket.ErrTooLarge, socket.ErrReceiveQueueFull, ErrNoCredential} {
		if errors.Is(err, fatal) {
			return false
		}
	}
	if isCertificate(err) {
		return false
	}
	if e, ok := errors.AsType[*ServerError](err); ok {
		return e.IsServerError() || e.IsRateLimit()
	}
	if e, ok := errors.AsType[*socket.CloseError](err); ok {
		switch e.Code {
		case 1001, 1005, 1006, 1011, 1012, 1013, 1014:
			return true
		default:
			return false
		}
	}
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Temporary()
	}
	_, broken := errors.AsType[*socket.TransportError](err)
	_, credential := errors.AsType[*CredentialError](err)
	return broken || credential || errors.Is(err, io.ErrUnexpectedEOF)
}
