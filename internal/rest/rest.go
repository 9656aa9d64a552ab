// Package rest performs small HTTP requests. It retries requests where that is safe,
// honors Retry-After, and bounds time and size.
package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// Client performs requests. It is safe for concurrent use; its fields must not change
// after [New].
type Client struct {
	// HTTP sends the requests. Its CheckRedirect is replaced: redirects are never
	// followed.
	HTTP *http.Client
	// Authorize, if not nil, adds the credential to each attempt.
	Authorize func(*http.Request) error
	// MaxBody is the maximum size in bytes of a response body that is read, and of a
	// request body that is buffered.
	MaxBody int64
	// Retrying, if not nil, is called before each wait for a retry, with the reason and
	// the wait.
	Retrying func(req *http.Request, why error, wait time.Duration)
}

// Policy bounds the attempts of one request.
type Policy struct {
	// Retries is the maximum number of attempts after the first.
	Retries int
	// Timeout bounds one attempt, including reading the response; 0 means no bound.
	Timeout time.Duration
	// Repeat allows a retry when the last attempt may have been carried out.
	Repeat bool
}

// Response is a response with any status.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	// Cut reports whether the body was longer than MaxBody and is truncated.
	Cut bool
	// Attempts is the number of requests made.
	Attempts int
	// Ambiguous reports whether an earlier attempt may have been carried out.
	Ambiguous bool
}

// HTTP returns the response as one to req, whose body needs no closing.
func (r *Response) HTTP(req *http.Request) *http.Response {
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status)),
		StatusCode: r.Status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        r.Header,
		Body:          io.NopCloser(bytes.NewReader(r.Body)),
		ContentLength: int64(len(r.Body)),
		Request:       req,
	}
}

// Error is returned when a request got no response.
type Error struct {
	Attempts int
	// Ambiguous reports whether an attempt may have been carried out.
	Ambiguous bool
	Err       error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns a client with the fields of c. It does not follow redirects, since the
// credential is for one host only.
func New(c Client) *Client {
	hc := http.Client{}
	if c.HTTP != nil {
		hc = *c.HTTP
	}
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.HTTP = &hc
	return &c
}

// Do performs the request and returns the first response that is not retried, or an
// [*Error]. The request's context bounds all attempts together. If it ends during a
// wait, Do returns both the last response and an [*Error].
func (c *Client) Do(req *http.Request, p Policy) (*Response, error) {
	ctx := req.Context()
	if err := replayable(req, c.MaxBody); err != nil {
		return nil, &Error{Err: err}
	}
	var r run
	operation := func() (*Response, error) { return r.attempt(c, req, p) }
	res, err := backoff.Retry(ctx, operation, r.options(c, req, p)...)
	if res != nil && (err == nil || ctx.Err() == nil) {
		// The retries are used up: the last response counts.
		res.Attempts = r.attempts
		return res, nil
	}
	if a, ok := errors.AsType[*again](err); ok {
		err = a.why
	}
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) && !errors.Is(err, ctx.Err()) {
		err = ctxerr.Of(ctx) // backoff.Retry returns only the cause if ctx ends during a wait.
	}
	if r.last != nil && !errors.Is(err, r.last) {
		// The context ended during a wait: report the reason for the retry too.
		err = errors.Join(err, r.last)
	}
	if res != nil {
		res.Attempts = r.attempts
	}
	return res, &Error{Attempts: r.attempts, Ambiguous: r.ambiguous, Err: err}
}

// again marks an error after which another attempt may succeed. It wraps a
// RetryAfterError if the server sent a delay.
type again struct {
	why   error
	after *backoff.RetryAfterError
}

func (a *again) Error() string { return a.why.Error() }

func (a *again) Unwrap() []error {
	if a.after == nil {
		return []error{a.why}
	}
	return []error{a.why, a.after}
}

// run is the state of one Do.
type run struct {
	attempts  int
	ambiguous bool
	last      error
}

// attempt performs the request once. It marks an error as permanent if no retry is
// allowed.
func (r *run) attempt(c *Client, req *http.Request, p Policy) (*Response, error) {
	r.attempts++
	res, sent, err := c.once(req, p.Timeout)
	if err != nil {
		r.last = err
		r.ambiguous = r.ambiguous || sent
		_, hopeless := errors.AsType[*permanent](err)
		if hopeless || req.Context().Err() != nil || sent && !p.Repeat {
			return nil, backoff.Permanent(err)
		}
		return nil, &again{why: err}
	}
	r.last = nil
	res.Ambiguous = r.ambiguous
	why := fmt.Errorf("status %d", res.Status)
	switch verdict(res.Status, res.Header, p.Repeat) {
	case final:
		return res, nil
	case unsure:
		r.ambiguous = true
	case refused:
	}
	wait, told := retryAfter(res.Header, time.Now())
	if !told {
		return res, &again{why: why}
	}
	if wait > maxRetryAfter {
		return res, nil
	}
	return res, &again{why: why, after: &backoff.RetryAfterError{Duration: jittered(wait)}}
}

// permanent marks an error from the request itself, not from the network.
type permanent struct{ error }

func (p *permanent) Unwrap() error { return p.error }

// once performs one attempt. The result sent reports whether the server may have
// received the request.
func (c *Client) once(req *http.Request, timeout time.Duration) (res *Response, sent bool, err error) {
	outer := req.Context()
	ctx, cancel := context.WithCancel(outer)
	defer cancel()
	if timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	var seen traced
	attempt := req.Clone(httptrace.WithClientTrace(ctx, seen.trace()))
	if req.GetBody != nil {
		if attempt.Body, err = req.GetBody(); err != nil {
			return nil, false, &permanent{err}
		}
	}
	if c.Authorize != nil {
		if err := c.Authorize(attempt); err != nil {
			return nil, false, &permanent{err}
		}
	}
	answer, err := c.HTTP.Do(attempt) //nolint:bodyclose,gosec // read closes it, and the caller has checked the URL.
	if err == nil {
		res, err = c.read(answer)
	}
	switch {
	case err == nil:
		return res, true, nil
	case outer.Err() != nil:
		err = ctxerr.Of(outer)
	case ctx.Err() != nil:
		err = fmt.Errorf("no answer within %s: %w", timeout, context.DeadlineExceeded)
	default:
		err = withoutURL(err)
	}
	return nil, seen.sent(), err
}

func (c *Client) read(answer *http.Response) (*Response, error) {
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, c.MaxBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	res := &Response{Status: answer.StatusCode, Header: answer.Header, Body: body}
	if int64(len(body)) > c.MaxBody {
		res.Body, res.Cut = body[:c.MaxBody], true
	}
	return res, nil
}

// withoutURL removes the URL from an error, since it may hold confidential parts.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// traced records whether the transport has written a request.
type traced struct{ asked, wrote atomic.Bool }

func (t *traced) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(string) { t.asked.Store(true) },
		WroteHeaders: func() { t.wrote.Store(true) },
	}
}

// sent reports whether the request may have been sent. A transport without tracing is
// assumed to have sent it.
func (t *traced) sent() bool { return t.wrote.Load() || !t.asked.Load() }

// replayable buffers the body, up to limit bytes, so that it can be sent several times.
func replayable(req *http.Request, limit int64) error {
	if req.Body == nil || req.Body == http.NoBody || req.GetBody != nil {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(req.Body, limit+1))
	_ = req.Body.Close()
	if err != nil {
		return fmt.Errorf("reading the request's body: %w", err)
	}
	if int64(len(data)) > limit {
		return fmt.Errorf("the request's body is larger than %d bytes", limit)
	}
	req.ContentLength = int64(len(data))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	req.Body, err = req.GetBody()
	return err
}
