package openaigo

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/voicelane/realtime-go/realtime"
)

// ErrNoBearer is returned when the vendor's client sends no bearer token. Clients of its
// package azure are such: use [realtime.Config.Azure] for these.
var ErrNoBearer = errors.New("openaigo: the client sends no bearer token; for Azure, set realtime.Config.Azure instead")

// Config returns a configuration with which [realtime.NewClient] does what client does:
//
//   - address, organization and project are those of client;
//   - the bearer token is asked for before each dial and each REST request, workload
//     identity included, and renewed as their client renews it;
//   - handshakes and REST requests pass through the middleware and the HTTP client that
//     client has, with the headers that it adds.
//
// Their retries are left out: this module has its own. Before each dial, their middleware
// also sees a request for the token alone, which is answered with status 204 and sends
// nothing. An http.Client with a Timeout would end a session, so that handshakes do
// without that client, and use Config's own network settings instead.
//
// Other fields may be set before the configuration is used. Config sends nothing; it
// returns an error if client cannot make a request.
func Config(client openai.Client) (*realtime.Config, error) {
	v := &vendorClient{client: client}
	r, err := v.request(context.Background(), v.outermost)
	if err != nil {
		return nil, err
	}
	base := *r.URL
	base.Path = strings.TrimSuffix(strings.TrimSuffix(base.Path, path), "/")
	base.RawPath = ""
	v.base = base.EscapedPath() + "/"
	return &realtime.Config{
		BaseURL:      base.String(),
		Organization: r.Header.Get("OpenAI-Organization"),
		Project:      r.Header.Get("OpenAI-Project"),
		Credentials:  v.credential,
		Handshake:    func(next http.RoundTripper) http.RoundTripper { return &handshakes{vendor: v, own: next} },
		HTTPClient:   &http.Client{Transport: (*requests)(v)},
	}, nil
}

// path is the resource whose request is looked at.
const path = "realtime"

// vendorClient makes requests with the vendor's client.
type vendorClient struct {
	client openai.Client
	base   string // path below which requests are made
}

// outermost returns a client that answers before any middleware of the vendor's client.
func (v *vendorClient) outermost(m option.Middleware) (openai.Client, []option.RequestOption) {
	c := v.client
	c.Options = slices.Concat([]option.RequestOption{option.WithMiddleware(m)}, c.Options)
	return c, nil
}

// innermost returns the client with a middleware behind all others.
func (v *vendorClient) innermost(m option.Middleware) (openai.Client, []option.RequestOption) {
	return v.client, []option.RequestOption{option.WithMiddleware(m)}
}

// request returns the request that the client would send. Nothing is sent.
func (v *vendorClient) request(ctx context.Context, with func(option.Middleware) (openai.Client, []option.RequestOption)) (*http.Request, error) {
	var seen *http.Request
	c, opts := with(func(r *http.Request, _ option.MiddlewareNext) (*http.Response, error) {
		seen = r
		return &http.Response{
			StatusCode: http.StatusNoContent, Status: "204 No Content", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{}, Body: http.NoBody, Request: r,
		}, nil
	})
	err := c.Execute(ctx, http.MethodGet, path, nil, nil, append(opts, option.WithMaxRetries(0))...)
	if seen == nil && err == nil {
		err = errors.New("openaigo: a middleware of the client answers requests itself")
	}
	return seen, err
}

// credential asks for the bearer token.
func (v *vendorClient) credential(ctx context.Context) (realtime.Credential, error) {
	r, err := v.request(ctx, v.innermost)
	if err != nil {
		return realtime.Credential{}, err
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") || token == "" {
		return realtime.Credential{}, ErrNoBearer
	}
	return realtime.Key(token), nil
}

// pass sends a request of this module through the vendor's client: their middleware sees
// a request of theirs, whose headers the request then has. send gets the request and the
// rest of their chain.
func (v *vendorClient) pass(ours *http.Request, send func(*http.Request, option.MiddlewareNext) (*http.Response, error)) (*http.Response, error) {
	var res *http.Response
	var sent error
	c, opts := v.innermost(func(theirs *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		if res != nil {
			_ = res.Body.Close() // Of an attempt that a middleware repeats.
		}
		r := ours.Clone(ours.Context())
		adopt(r.Header, theirs.Header)
		if res, sent = send(r, next); sent != nil {
			return nil, sent
		}
		shown := *res
		shown.Body = http.NoBody
		return &shown, nil
	})
	err := c.Execute(ours.Context(), ours.Method, v.relative(ours.URL), nil, nil, append(opts, option.WithMaxRetries(0))...)
	switch {
	case res != nil && sent == nil:
		return res, nil // An error of theirs says no more than the status.
	case sent != nil:
		return nil, sent
	case err != nil:
		return nil, err
	default:
		return nil, errors.New("openaigo: a middleware of the client answers requests itself")
	}
}

// relative returns the address of a request as their client takes it.
func (v *vendorClient) relative(u *url.URL) string {
	rest, ok := strings.CutPrefix(u.EscapedPath(), v.base)
	if !ok {
		return path
	}
	if u.RawQuery != "" {
		rest += "?" + u.RawQuery
	}
	return rest
}

// adopt adds the headers of their request, except for those that describe a body or a
// connection, or that name their SDK.
func adopt(ours, theirs http.Header) {
	for name, values := range theirs {
		switch name {
		case "Accept", "Accept-Encoding", "Connection", "Content-Length", "Content-Type", "Host", "Upgrade", "User-Agent":
			continue
		}
		if strings.HasPrefix(name, "X-Stainless-") || strings.HasPrefix(name, "Sec-Websocket-") {
			continue
		}
		ours[name] = slices.Clone(values)
	}
}
