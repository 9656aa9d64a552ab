package realtime

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// route is everything that a dial of one session needs, redials included.
type route struct {
	set    *settings
	target Target
	o      *Options
	header http.Header
	exact  string
}

func (s *settings) route(t Target, o *Options) (*route, error) {
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

// dial connects once, with a fresh credential and address.
func (r *route) dial(ctx context.Context) (transport, *url.URL, error) {
	begin := time.Now()
	t, u, err := r.attempt(ctx)
	if r.o.Hooks.Dialed != nil {
		r.o.Hooks.Dialed(time.Since(begin), err)
	}
	level, text := slog.LevelInfo, "realtime connected"
	attrs := []slog.Attr{slog.String("target", string(r.target.kind())), slog.Duration("took", time.Since(begin))}
	if err != nil {
		level, text = slog.LevelWarn, "realtime dial failed"
		attrs = append(attrs, slog.Any("error", err))
	} else {
		attrs = append(attrs, slog.String("url", redactURL(u)), slog.String("request_id", t.requestID()))
	}
	r.set.log.LogAttrs(ctx, level, text, attrs...)
	return t, u, err
}

func (r *route) attempt(ctx context.Context) (transport, *url.URL, error) {
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
	t, err := r.set.dialSocket(ctx, u, h, r.o, r.secrets(c))
	return t, u, err
}

// secrets lists what no error text may repeat.
func (r *route) secrets(c Credential) []string {
	list := []string{c.secret()}
	for name, values := range r.header {
		switch name {
		case "User-Agent", "Openai-Organization", "Openai-Project":
		default:
			list = append(list, values...)
		}
	}
	return list
}

// dialFirst is the first dial of a session. A call that was just created may
// not be known to the server yet.
func (r *route) dialFirst(ctx context.Context) (transport, *url.URL, error) {
	end := time.Now().Add(r.o.CallWait)
	pause := 100 * time.Millisecond
	for {
		t, u, err := r.dial(ctx)
		refused, ok := errors.AsType[*HandshakeError](err)
		if !ok || r.target.kind() != kindCall || refused.Status != http.StatusNotFound || time.Now().Add(pause).After(end) {
			return t, u, err
		}
		if wait(ctx, pause) != nil {
			return nil, nil, err
		}
		pause = min(2*pause, time.Second)
	}
}

// wait sleeps until d has passed or the context ended.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctxerr.Of(ctx)
	}
}
