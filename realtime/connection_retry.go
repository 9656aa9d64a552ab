package realtime

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/outage"
)

// opened returns the session that start makes over a first link. It makes as many
// attempts as Options.DialAttempts allows, and one more with a fresh credential.
func opened[S any](ctx context.Context, r *route, start func(l link.Link, u *url.URL) (S, error)) (S, error) {
	var s S
	p := &outage.Policy{
		Attempts: r.o.DialAttempts, InitialDelay: outage.InitialDelay, MaxDelay: outage.MaxDelay,
		WorthRetry: worthRetry, Renew: r.renews, RetryAfter: retryAfter,
	}
	err := p.Open(ctx, func() error {
		l, u, err := r.dialFirst(ctx)
		if err != nil {
			return err
		}
		s, err = start(l, u)
		return err
	})
	return s, err
}

// renews reports whether another dial with a fresh credential may undo err: the server
// refused the credential, and Config.Credentials returns another one for the next dial.
// It asks once for an opening, and once for an outage.
func (r *route) renews(ctx context.Context, err error) bool {
	if r.renewed || !refusesCredential(err) {
		return false
	}
	r.renewed = true
	c, ok := r.set.fresh(ctx, r.used)
	if ok {
		r.next = c
		r.log.InfoContext(ctx, "realtime credential was refused and is renewed")
	}
	return ok
}

// refusesCredential reports whether err is about the credential itself, and not about
// what it may do.
func refusesCredential(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Status == http.StatusUnauthorized && !e.final
	}
	return IsUnauthorized(err)
}
