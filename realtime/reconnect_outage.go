package realtime

import (
	"errors"
	"io"
	"time"

	"github.com/voicelane/realtime-go/internal/outage"
	"github.com/voicelane/realtime-go/socket"
)

// newOutage returns what replaces the lost links of one session.
func newOutage(r *route) *outage.Outage {
	o := r.o.Reconnect
	return outage.New(outage.Policy{
		Attempts: o.Attempts, InitialDelay: o.InitialDelay, MaxDelay: o.MaxDelay, Timeout: o.RestoreTimeout,
		WorthRetry: worthRetry, Renew: r.renews, RetryAfter: retryAfter,
	})
}

// retryAfter returns the pause that a server asks for, or 0.
func retryAfter(err error) time.Duration {
	refused, ok := errors.AsType[*APIError](err)
	if !ok {
		return 0
	}
	return refused.RetryAfter
}

// worthRetry reports whether another attempt may succeed after err.
func worthRetry(err error) bool {
	for _, fatal := range []error{socket.ErrTooLarge, socket.ErrReceiveQueueFull, ErrNoCredential} {
		if errors.Is(err, fatal) {
			return false
		}
	}
	if isCertificate(err) {
		return false
	}
	if e, ok := errors.AsType[*ServerError](err); ok {
		return e.IsServerError() || e.IsRateLimit()
	}
	if e, ok := errors.AsType[*socket.CloseError](err); ok {
		switch e.Code {
		case 1001, 1005, 1006, 1011, 1012, 1013, 1014:
			return true
		default:
			return false
		}
	}
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Temporary()
	}
	_, broken := errors.AsType[*socket.TransportError](err)
	_, credential := errors.AsType[*CredentialError](err)
	return broken || credential || errors.Is(err, io.ErrUnexpectedEOF)
}
