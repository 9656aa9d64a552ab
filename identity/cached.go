package identity

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/realtime"
)

// Source fetches a token and returns when it expires. The zero time stands for a token
// that has no known end. A source is called by one goroutine at a time when it is
// [Cached], and must end with its context.
type Source func(ctx context.Context) (token string, expires time.Time, err error)

// ErrNoToken is returned when a source returned neither a token nor an error, or a token
// that has expired.
var ErrNoToken = errors.New("realtime: the source of tokens returned no usable token")

// The part of a token's life after which it is fetched again, and the longest time
// before its end at which that begins.
const (
	freshPart   = 10
	longestLead = 5 * time.Minute
)

// Cached returns a func for Config.Credentials that keeps the token of a source. Dials
// and requests that come at once share one call of it, and none waits while a token is
// valid: in the last tenth of its life, five minutes at most, one of them fetches the
// next, and keeps the old one if that fails. A token that the server refused is fetched
// again, unless another call has done so already.
//
// A call's context bounds its own wait alone. When the call that fetches is cancelled,
// another takes its place; any other error of the source is returned to all that wait,
// and the next call asks again.
func Cached(source Source) realtime.CredentialFunc {
	c := &cache{source: source}
	return c.credential
}

type cache struct {
	source Source

	mu             sync.Mutex // guards what follows
	token          realtime.Credential
	expires, renew time.Time // zero is never
	flight         *flight   // nil while nothing is fetched
}

// flight is one call of the source.
type flight struct {
	done      chan struct{}
	err       error // read after done
	cancelled bool  // the caller's context has ended; read after done
}

func (c *cache) credential(ctx context.Context) (realtime.Credential, error) {
	if refused, ok := realtime.RefusedCredential(ctx); ok {
		c.forget(refused)
	}
	for {
		token, under := c.look()
		switch {
		case under == nil && !token.IsZero():
			return token, nil
		case under == nil:
			return c.fetch(ctx)
		}
		select {
		case <-under.done:
			if under.err != nil && !under.cancelled {
				return realtime.Credential{}, under.err
			}
		case <-ctx.Done():
			return realtime.Credential{}, ctxerr.Of(ctx)
		}
	}
}

// look returns the token to use, or the call of the source to wait for. When it returns
// neither, it has entered a call for the caller to make.
func (c *cache) look() (token realtime.Credential, under *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	valid := !c.token.IsZero() && before(now, c.expires)
	switch {
	case valid && (c.flight != nil || before(now, c.renew)):
		return c.token, nil
	case c.flight != nil:
		return realtime.Credential{}, c.flight
	}
	c.flight = &flight{done: make(chan struct{})}
	return realtime.Credential{}, nil
}

// before reports whether now is before t, where the zero time is never.
func before(now, t time.Time) bool { return t.IsZero() || now.Before(t) }

// fetch makes the call that look has entered.
func (c *cache) fetch(ctx context.Context) (realtime.Credential, error) {
	begin := time.Now()
	err := errors.New("realtime: the source of tokens did not return") // unless it does
	defer func() { c.land(ctx, err) }()
	text, expires, failure := c.source(ctx)
	err = failure
	token := realtime.Token(text)
	if err == nil && (token.IsZero() || !before(time.Now(), expires)) {
		err = ErrNoToken
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.token, c.expires, c.renew = token, expires, time.Time{}
		if !expires.IsZero() {
			c.renew = expires.Add(-min(expires.Sub(begin)/freshPart, longestLead))
		}
		return token, nil
	}
	if !c.token.IsZero() && before(time.Now(), c.expires) {
		return c.token, nil // It is still valid, and the next call tries again.
	}
	return realtime.Credential{}, err
}

// land ends a call of the source, also one that panics.
func (c *cache) land(ctx context.Context, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flight.err, c.flight.cancelled = err, ctx.Err() != nil
	close(c.flight.done)
	c.flight = nil
}

// forget drops a token that the server refused, if it is still the one.
func (c *cache) forget(refused realtime.Credential) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token.Equal(refused) {
		c.token = realtime.Credential{}
	}
}
