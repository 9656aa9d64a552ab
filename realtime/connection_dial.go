package realtime

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/link"
)

// route is what every dial of one session needs, redials included.
type route struct {
	set    *settings
	target Target
	o      *options
	header http.Header
	exact  string
}

func (s *settings) route(t Target, o *options) (*route, error) {
	if _, err := s.endpoint(t, o.URL); err != nil {
		return nil, err
	}
	h := s.header.Clone()
	if err := addHeader(h, o.Header); err != nil {
		return nil, err
	}
	if err := checkHandshake(h); err != nil {
		return nil, err
	}
	return &route{set: s, target: t, o: o, header: h, exact: o.URL}, nil
}

// dial connects once, with a fresh credential and address, and logs the result.
func (r *route) dial(ctx context.Context) (link.Link, *url.URL, error) {
	begin := time.Now()
	t, u, err := r.attempt(ctx)
	r.o.taps.dialed(time.Since(begin), err)
	level, text := slog.LevelInfo, "realtime connected"
	attrs := []slog.Attr{slog.String("target", string(r.target.kind())), slog.Duration("took", time.Since(begin))}
	if err != nil {
		level, text = slog.LevelWarn, "realtime dial failed"
		attrs = append(attrs, slog.Any("error", err))
	} else {
		attrs = append(attrs, slog.String("url", redactURL(u)), slog.String("request_id", t.RequestID()))
	}
	r.set.log.LogAttrs(ctx, level, text, attrs...)
	return t, u, err
}

func (r *route) attempt(ctx context.Context) (link.Link, *url.URL, error) {
	u, err := r.set.endpoint(r.target, r.exact)
	if err != nil {
		return nil, nil, err
	}
	if r.exact == "" {
		if u, err = r.set.rewritten(u); err != nil {
			return nil, nil, err
		}
	}
	c, err := r.set.credentials(ctx)
	if err != nil {
		return nil, nil, &CredentialError{Err: err}
	}
	h := r.header.Clone()
	if err := r.set.present(c, h); err != nil {
		return nil, nil, err
	}
	protocols, err := subprotocols(h)
	if err != nil {
		return nil, nil, err
	}
	secrets := r.secrets(c)
	l, err := r.set.dialer.Dial(ctx, link.Request{URL: u, Header: h, Protocols: protocols, Secrets: secrets}, &r.o.link)
	if refusal, ok := errors.AsType[*link.RefusedError](err); ok {
		err = newRefusal(refusal, secrets)
	}
	return l, u, err
}

// secrets returns the texts that no error may repeat.
func (r *route) secrets(c Credential) []string {
	list := []string{c.secret()}
	for name, values := range r.header {
		if !harmless(name) {
			list = append(list, values...)
		}
	}
	return list
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
