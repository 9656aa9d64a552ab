package realtime

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/internal/address"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/header"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/sessionlog"
	"github.com/voicelane/realtime-go/internal/text"
)

// route is what every dial of one session needs, redials included.
type route struct {
	set    *settings
	target Target
	o      *options
	header http.Header
	log    *slog.Logger

	secrets *text.Secrets // of the dials so far
	used    Credential    // of the latest dial
	next    Credential    // of the next dial; zero asks Config.Credentials
	renewed bool          // see renews
}

func (s *settings) route(t Target, o *options) (*route, error) {
	if _, err := s.endpoint(t, o.URL, o.Query); err != nil {
		return nil, err
	}
	h := s.header.Clone()
	if err := header.Add(h, o.Header); err != nil {
		return nil, err
	}
	if err := checkHandshake(h); err != nil {
		return nil, err
	}
	return &route{set: s, target: t, o: o, header: h, log: s.sessionLog()}, nil
}

// sessionLog returns the logger of one more session.
func (s *settings) sessionLog() *slog.Logger {
	return sessionlog.Numbered(s.log, func() uint64 { return s.sessions.Add(1) })
}

// dial connects once, with a fresh credential and address, and logs the result.
func (r *route) dial(ctx context.Context) (link.Link, *url.URL, error) {
	begin := time.Now()
	t, u, err := r.attempt(ctx)
	r.o.taps.dialed(time.Since(begin), err)
	level, what := slog.LevelInfo, "realtime connected"
	attrs := []slog.Attr{slog.String("target", string(r.target.kind())), slog.Duration("took", time.Since(begin))}
	if err != nil {
		level, what = slog.LevelWarn, "realtime dial failed"
		attrs = append(attrs, slog.Any("error", err))
	} else {
		attrs = append(attrs, slog.String("url", address.Redact(u)), slog.String("request_id", t.RequestID()))
	}
	r.log.LogAttrs(ctx, level, what, attrs...)
	return t, u, err
}

func (r *route) attempt(ctx context.Context) (link.Link, *url.URL, error) {
	u, err := r.set.endpoint(r.target, r.o.URL, r.o.Query)
	if err != nil {
		return nil, nil, err
	}
	if r.o.URL == "" {
		if u, err = r.set.rewritten(u); err != nil {
			return nil, nil, err
		}
	}
	c := r.next
	if r.next = (Credential{}); c.IsZero() {
		if c, err = r.set.credentials(ctx); err != nil {
			return nil, nil, &CredentialError{Err: r.secrets.With(r.set.latest.Load()).Error(err)}
		}
	}
	r.used = c
	h, dialed := r.header.Clone(), *u // The address that is shown has no credential.
	if err := r.set.present(c, h, &dialed); err != nil {
		return nil, nil, err
	}
	protocols, err := subprotocols(h)
	if err != nil {
		return nil, nil, err
	}
	r.secrets = r.secrets.With(r.set.secrets(c, r.header, u))
	l, err := r.set.dialer.Dial(ctx, link.Request{URL: &dialed, Header: h, Protocols: protocols, Secrets: r.secrets}, &r.o.link)
	if refusal, ok := errors.AsType[*link.RefusedError](err); ok {
		err = newRefusal(refusal, r.secrets, c)
	}
	return l, u, err
}

// secrets returns what the peer of a dial may not repeat.
func (s *settings) secrets(c Credential, h http.Header, u *url.URL) *text.Secrets {
	made := text.NewSecrets(slices.Concat(c.secrets(), address.Secrets(h, header.Harmless), address.Secrets(u.Query(), address.HarmlessQuery))...)
	if latest := s.latest.Load(); latest.Equal(made) {
		return latest
	}
	s.latest.Store(made)
	return made
}

// dialFirst makes the first connection of a session. It repeats a dial to a call that
// the server does not know yet, for Options.CallWait.
func (r *route) dialFirst(ctx context.Context) (link.Link, *url.URL, error) {
	end := time.Now().Add(r.o.CallWait)
	pause := 100 * time.Millisecond
	for {
		t, u, err := r.dial(ctx)
		refused, ok := errors.AsType[*APIError](err)
		if !ok || r.target.kind() != kindCall || refused.Status != http.StatusNotFound || time.Now().Add(pause).After(end) {
			return t, u, err
		}
		if ctxerr.Sleep(ctx, pause) != nil {
			return nil, nil, err
		}
		pause = min(2*pause, time.Second)
	}
}
