package rest

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter is the longest wait that we take upon us. A server that asks
// for more is answered by the caller's own plan.
const maxRetryAfter = time.Minute

type judgement int

const (
	final   judgement = iota // The answer stands.
	refused                  // The server did nothing; try again.
	unsure                   // The server may have done it; try again all the same.
)

// verdict judges an answer by its status. 408, 409 and 429 say that nothing
// was done; a 5xx does not tell, so that it takes a request which may be
// carried out twice.
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

// retryAfter reads how long the server asks to wait: the milliseconds of
// retry-after-ms, or the seconds or date of Retry-After.
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

// RetryAfter is how long the header asks to wait, or zero.
func RetryAfter(h http.Header) time.Duration {
	d, _ := retryAfter(h, time.Now())
	return d
}

func number(text string, unit time.Duration) (time.Duration, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	// The comparison also refuses what is not a number, and what no duration
	// can hold.
	if err != nil || !(v >= 0 && v*float64(unit) < 1<<62) {
		return 0, false
	}
	return time.Duration(v * float64(unit)), true
}

// jittered adds a little to a wait that many clients were told alike.
func jittered(d time.Duration) time.Duration {
	return d + rand.N(min(d/4, time.Second)+1) //nolint:gosec // Nobody is to be kept from guessing it.
}

type repeatKey struct{}

// MayRepeat returns a context whose requests may be repeated though an earlier
// attempt may have been carried out: a second time does no harm.
func MayRepeat(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatKey{}, true)
}

// Repeatable reports whether a request may be carried out twice: by its method,
// by a key that tells the server, or by [MayRepeat].
func Repeatable(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions:
		return true
	}
	return req.Header.Get("Idempotency-Key") != "" || req.Context().Value(repeatKey{}) == true
}
