package rest

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// maxRetryAfter is the longest delay that Do waits at the server's request. With a
// longer one Do returns the response and leaves the retry to its caller.
const maxRetryAfter = time.Minute

// options returns the backoff between attempts and its bounds.
func (r *run) options(c *Client, req *http.Request, p Policy) []backoff.RetryOption {
	limit := time.Duration(0)
	if end, ok := req.Context().Deadline(); ok {
		// Do not wait beyond the context's deadline: the caller would lose the
		// response.
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

type judgement int

const (
	final   judgement = iota // Return the response.
	refused                  // The server did not carry out the request: retry.
	unsure                   // The server may have carried out the request: retry nevertheless.
)

// verdict decides by the status whether to retry. After 408, 409 and 429 the request
// was not carried out. After a 5xx it may have been, so it is retried only if repeat is
// set.
func verdict(status int, h http.Header, repeat bool) judgement {
	switch {
	case status < 400, strings.EqualFold(h.Get("X-Should-Retry"), "false"):
		return final
	case status == http.StatusRequestTimeout, status == http.StatusConflict, status == http.StatusTooManyRequests:
		return refused
	case status == http.StatusNotImplemented:
		return final
	case status >= 500 && repeat:
		return unsure
	default:
		return final
	}
}

// retryAfter returns the delay that the server asks for: the milliseconds of
// Retry-After-Ms, or the seconds or the date of Retry-After.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	if ms, ok := number(h.Get("Retry-After-Ms"), time.Millisecond); ok {
		return ms, true
	}
	text := strings.TrimSpace(h.Get("Retry-After"))
	if s, ok := number(text, time.Second); ok {
		return s, true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return max(at.Sub(now), 0), true
}

// RetryAfter returns the delay that the header asks for, or zero.
func RetryAfter(h http.Header) time.Duration {
	d, _ := retryAfter(h, time.Now())
	return d
}

func number(text string, unit time.Duration) (time.Duration, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	// The comparison also rejects NaN and values that overflow a time.Duration.
	if err != nil || !(v >= 0 && v*float64(unit) < 1<<62) {
		return 0, false
	}
	return time.Duration(v * float64(unit)), true
}

// jittered adds a random part to a delay that many clients may have received.
func jittered(d time.Duration) time.Duration {
	return d + rand.N(min(d/4, time.Second)+1) //nolint:gosec // Not security relevant.
}

type repeatKey struct{}

// MayRepeat returns a context that marks requests as idempotent: they may be retried
// even if an earlier attempt may have been carried out.
func MayRepeat(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatKey{}, true)
}

// Repeatable reports whether a request is idempotent: by its method, by an
// Idempotency-Key header, or by [MayRepeat].
func Repeatable(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions:
		return true
	}
	return req.Header.Get("Idempotency-Key") != "" || req.Context().Value(repeatKey{}) == true
}
