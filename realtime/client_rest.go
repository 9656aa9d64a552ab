package realtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/address"
	"github.com/voicelane/realtime-go/internal/header"
	"github.com/voicelane/realtime-go/internal/rest"
	"github.com/voicelane/realtime-go/internal/text"
	"github.com/voicelane/realtime-go/socket"
)

// RequestOptions are for one REST request. Nil and zero stand for the client's
// settings, and a negative bound switches that bound off.
type RequestOptions struct {
	// Header is added to the request, under the rules of Config.Header.
	Header http.Header
	// Timeout bounds each attempt; the context bounds all of them together.
	Timeout time.Duration
	// Retries is the number of attempts after the first; negative is none.
	Retries int
	// IdempotencyKey is sent as Idempotency-Key, the same in each attempt. It allows
	// a request to be repeated that may have been carried out: set it for a server, or
	// a proxy before it, that supports such keys.
	IdempotencyKey string
}

// Format prints the options without the values of headers and the key.
func (o RequestOptions) Format(f fmt.State, _ rune) {
	key := ""
	if o.IdempotencyKey != "" {
		key = text.Redacted
	}
	fmt.Fprintf(f, "realtime.RequestOptions{Header:%q, Timeout:%s, Retries:%d, IdempotencyKey:%q}", header.Names(o.Header), o.Timeout, o.Retries, key)
}

// LogValue returns what Format prints.
func (o RequestOptions) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(o)) }

// MarshalJSON encodes what Format prints, as one string.
func (o RequestOptions) MarshalJSON() ([]byte, error) { return jsonText(fmt.Sprint(o)) }

type requestOptionsKey struct{}

// WithRequestOptions returns a context with which [Client.Do] applies o, for requests
// of the generated client.
func WithRequestOptions(ctx context.Context, o *RequestOptions) context.Context {
	if o == nil {
		return ctx
	}
	c := *o
	return context.WithValue(ctx, requestOptionsKey{}, &c) // A pointer, since printers walk a context.
}

// rest returns the client for REST requests, with the dialer's network unless
// Config.HTTPClient is set. It is made at the first use, so that the linker can leave
// HTTP out of a program that makes no requests: two thirds of what a page would load.
func (s *settings) rest() *rest.Client {
	s.restOnce.Do(func() {
		hc := s.http
		if hc == nil {
			hc = &http.Client{Transport: s.roundTripper()}
		}
		s.restClient = rest.New(rest.Client{HTTP: hc, Authorize: s.authorize, MaxBody: maxAnswer, Retrying: s.retrying})
	})
	return s.restClient
}

// authorize adds a fresh credential to one attempt.
func (s *settings) authorize(r *http.Request) error {
	c, known := r.Context().Value(renewedKey{}).(Credential)
	if !known {
		var err error
		if c, err = s.credentials(r.Context()); err != nil {
			return &CredentialError{Err: err}
		}
	}
	if held, ok := r.Context().Value(heldKey{}).(*held); ok {
		held.add(c)
	}
	return s.present(c, r.Header, r.URL)
}

func (s *settings) retrying(r *http.Request, why error, wait time.Duration) {
	if held, ok := r.Context().Value(heldKey{}).(*held); ok {
		why = held.secrets.Error(why)
	}
	s.log.LogAttrs(r.Context(), slog.LevelWarn, "realtime request is tried again",
		slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.String("why", why.Error()), slog.Duration("wait", wait))
}

// restBase returns the address to which REST paths are appended.
func (s *settings) restBase() *url.URL {
	u := *s.base
	u.Scheme = "https"
	if s.base.Scheme == "ws" {
		u.Scheme = "http"
	}
	return &u
}

// API returns the generated REST client, which sends through [Client.Do].
func (c *Client) API() *api.Client {
	base := c.set.restBase()
	base.RawQuery = ""
	return &api.Client{Server: strings.TrimSuffix(base.String(), "/") + "/", Client: c}
}

// Do sends a REST request with the client's headers and credential, and with the
// query of the base address. The request's URL must lie below the base address.
//
// A request that the server has not seen, or has answered with 408, 409 or 429, is
// repeated. A request that may have been carried out (another 5xx, a connection that
// broke, no answer in time) is repeated if its method or an idempotency key allows
// it. Between attempts Do waits for the time in Retry-After, up to a minute, otherwise
// half a second and twice as long each time, all with jitter. It does not begin a wait
// that ends after the context's deadline.
//
// An answer of status 300 or more is returned as an [*APIError], so that a nil error
// means success, and a request without an answer as a [*socket.TransportError]. The
// body has been read when Do returns; closing it is allowed and not needed.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	res, err := c.do(req)
	if err != nil {
		return nil, err
	}
	return res.HTTP(req), nil
}

func (c *Client) do(req *http.Request) (*rest.Response, error) {
	held := &held{}
	out, policy, err := c.prepare(req, held)
	if err != nil {
		return nil, err
	}
	res, err := c.set.rest().Do(out, policy)
	if err == nil {
		res, err = c.renewed(out, policy, held, res)
	}
	var failure error
	if res != nil {
		header.Scrub(res.Header, held.secrets)
		if res.Status >= 300 || res.Cut {
			refusal := newAPIError(res, held.secrets)
			refusal.keyless, failure = held.last.IsZero(), refusal
		}
	}
	if err == nil {
		return res, failure
	}
	if credential, ok := errors.AsType[*CredentialError](err); ok {
		return nil, &CredentialError{Err: held.secrets.With(c.set.latest.Load()).Error(credential.Err)}
	}
	if missing, ok := errors.AsType[*noCredentialError](err); ok {
		return nil, missing
	}
	e := &socket.TransportError{Op: "request", Err: held.secrets.Error(err)}
	if failure != nil {
		e.Err = errors.Join(e.Err, failure)
	}
	return nil, e
}

// renewed repeats a request once with a fresh credential, if the server has refused that
// of the last attempt and there is another.
func (c *Client) renewed(req *http.Request, p rest.Policy, held *held, res *rest.Response) (*rest.Response, error) {
	if !refusesCredential(newAPIError(res, nil)) {
		return res, nil
	}
	fresh, ok := c.set.fresh(req.Context(), held.last)
	if !ok {
		return res, nil
	}
	again, err := c.set.rest().Do(req.WithContext(context.WithValue(req.Context(), renewedKey{}, fresh)), p)
	if again != nil {
		again.Attempts += res.Attempts
		again.Ambiguous = again.Ambiguous || res.Ambiguous
	}
	return again, err
}

// renewedKey is the key of the credential for a request that is repeated.
type renewedKey struct{}

// prepare returns the request to send, without its credential.
func (c *Client) prepare(req *http.Request, held *held) (*http.Request, rest.Policy, error) {
	s := c.set
	base := s.restBase()
	if req == nil || req.URL == nil {
		return nil, rest.Policy{}, errors.New("realtime: the request is nil")
	}
	if !address.Below(req.URL, base) {
		return nil, rest.Policy{}, errors.New("realtime: the request's address does not lie below the client's own")
	}
	o, _ := req.Context().Value(requestOptionsKey{}).(*RequestOptions)
	if o == nil {
		o = &RequestOptions{}
	}
	out := req.Clone(context.WithValue(req.Context(), heldKey{}, held))
	out.Host = ""
	out.Header = s.header.Clone()
	for _, h := range []http.Header{req.Header, o.Header} {
		if err := header.Add(out.Header, h); err != nil {
			return nil, rest.Policy{}, err
		}
	}
	if o.IdempotencyKey != "" {
		out.Header.Set("Idempotency-Key", o.IdempotencyKey)
	}
	q := base.Query()
	maps.Copy(q, out.URL.Query())
	out.URL.RawQuery = q.Encode()
	held.secrets = text.NewSecrets(slices.Concat(
		address.Secrets(out.Header, header.Harmless), address.Secrets(out.URL.Query(), address.HarmlessQuery))...)
	policy := rest.Policy{Retries: s.retries, Timeout: s.requestTimeout, Repeat: rest.Repeatable(out)}
	if o.Retries != 0 {
		policy.Retries = max(o.Retries, 0)
	}
	if o.Timeout != 0 {
		policy.Timeout = max(o.Timeout, 0)
	}
	return out, policy, nil
}

// held collects the secrets of a request, so that no error repeats them.
type held struct {
	secrets *text.Secrets
	last    Credential // of the latest attempt
}

type heldKey struct{}

func (h *held) add(c Credential) {
	h.secrets = h.secrets.With(text.NewSecrets(c.secrets()...))
	h.last = c
}

// CloseIdleConnections closes the REST connections that are not in use. The client
// stays usable.
func (c *Client) CloseIdleConnections() { c.set.rest().HTTP.CloseIdleConnections() }
