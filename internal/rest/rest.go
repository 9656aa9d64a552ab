// Package rest carries small HTTP requests out: it repeats what may be
// repeated, waits as long as the server asks, and bounds time and size.
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

// Client performs requests. Its fields are set before use.
type Client struct {
	// HTTP sends. Redirects are never followed, whatever it says itself.
	HTTP *http.Client
	// Authorize puts the credential on each attempt.
	Authorize func(*http.Request) error
	// MaxBody bounds what is read of an answer.
	MaxBody int64
	// Retrying, if not nil, is told why another attempt follows, and when.
	Retrying func(req *http.Request, why error, wait time.Duration)
}

// Policy says how hard to try.
type Policy struct {
	// Retries is the number of attempts after the first.
	Retries int
	// Timeout bounds one attempt, its answer included; 0 is no bound.
	Timeout time.Duration
	// Repeat allows another attempt when the last may have been carried out.
	Repeat bool
}

// Response is an answer of any status.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	// Cut says that the body was longer than MaxBody.
	Cut bool
	// Attempts counts the requests made.
	Attempts int
	// Ambiguous says that an attempt before this one may have been carried out.
	Ambiguous bool
}

// Error says that there was no answer.
type Error struct {
	Attempts int
	// Ambiguous says that some attempt may have been carried out.
	Ambiguous bool
	Err       error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns a copy of c that is ready for use: it follows no redirect, since
// the credential is for one host alone.
func New(c Client) *Client {
	hc := http.Client{}
	if c.HTTP != nil {
		hc = *c.HTTP
	}
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.HTTP = &hc
	return &c
}

// Do performs the request and returns the first answer that is final. The
// request's context bounds all attempts together; when it ends during a wait,
// Do returns the last answer beside an [*Error].
func (c *Client) Do(req *http.Request, p Policy) (*Response, error) {
	ctx := req.Context()
	if err := replayable(req, c.MaxBody); err != nil {
		return nil, &Error{Err: err}
	}
	var r run
	operation := func() (*Response, error) { return r.attempt(c, req, p) }
	res, err := backoff.Retry(ctx, operation, r.options(c, req, p)...)
	if res != nil && (err == nil || ctx.Err() == nil) {
		// The last answer stands, though it may have been worth another try.
		res.Attempts = r.attempts
		return res, nil
	}
	if a, ok := errors.AsType[*again](err); ok {
		err = a.why
	}
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) && !errors.Is(err, ctx.Err()) {
		err = ctxerr.Of(ctx) // The wait between attempts ends with the cause alone.
	}
	if r.last != nil && !errors.Is(err, r.last) {
		// The context ended while we waited to try again. Both matter.
		err = errors.Join(err, r.last)
	}
	if res != nil {
		res.Attempts = r.attempts
	}
	return res, &Error{Attempts: r.attempts, Ambiguous: r.ambiguous, Err: err}
}

// again marks a failure that another attempt may not meet. It unwraps to a
// RetryAfterError when the server said how long to wait.
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

func (r *run) options(c *Client, req *http.Request, p Policy) []backoff.RetryOption {
	limit := time.Duration(0)
	if end, ok := req.Context().Deadline(); ok {
		// A wait that the context cannot outlast would only hide the answer.
		limit = max(time.Until(end), 1)
	}
	policy := &backoff.ExponentialBackOff{
		InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 8 * time.Second,
	}
	options := []backoff.RetryOption{
		backoff.WithBackOff(policy),
		backoff.WithMaxTries(uint(max(p.Retries, 0)) + 1),
		backoff.WithMaxElapsedTime(limit),
	}
	if c.Retrying != nil {
		options = append(options, backoff.WithNotify(func(err error, wait time.Duration) {
			c.Retrying(req, err, wait)
		}))
	}
	return options
}

// attempt performs the request once, and marks a failure as permanent unless
// another attempt is allowed.
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

// permanent marks an error that has nothing to do with the network.
type permanent struct{ error }

func (p *permanent) Unwrap() error { return p.error }

// once performs one attempt. It reports whether the server may have seen the
// request.
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
	answer, err := c.HTTP.Do(attempt) //nolint:bodyclose,gosec // read closes it, and the caller has checked where it goes.
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
		err = bare(err)
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

// bare takes the URL off an error: it may hold more than a reader may see.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// traced tells whether a request left this side.
type traced struct{ asked, wrote atomic.Bool }

func (t *traced) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(string) { t.asked.Store(true) },
		WroteHeaders: func() { t.wrote.Store(true) },
	}
}

// sent takes a transport that tells nothing to have sent.
func (t *traced) sent() bool { return t.wrote.Load() || !t.asked.Load() }

// replayable sees to it that the body can be sent several times.
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
