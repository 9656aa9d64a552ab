package tap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/socket"
	"github.com/voicelane/realtime-go/usage"
)

// kindOf returns the kind of an error, without its text: addresses are in that.
func kindOf(err error) string {
	if _, ok := errors.AsType[*realtime.APIError](err); ok {
		return "refused"
	}
	if _, ok := errors.AsType[*realtime.ServerError](err); ok {
		return "server"
	}
	if _, ok := errors.AsType[*realtime.CredentialError](err); ok {
		return "credential"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "dns"
	}
	if isTLS(err) {
		return "tls"
	}
	timeout, ok := errors.AsType[net.Error](err)
	switch {
	case ok && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded), errors.Is(err, socket.ErrPeerSilent):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, socket.ErrTooLarge):
		return "too_large"
	case errors.Is(err, socket.ErrReceiveQueueFull):
		return "queue_full"
	}
	if _, ok := errors.AsType[*socket.CloseError](err); ok {
		return "closed"
	}
	return "network"
}

func isTLS(err error) bool {
	_, verify := errors.AsType[*tls.CertificateVerificationError](err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	return verify || unknown || record
}

func statusOf(err error) int {
	if e, ok := errors.AsType[*realtime.APIError](err); ok {
		return e.Status
	}
	return 0
}

// withoutFrame is the code of an end without a close frame.
const withoutFrame = 1006

// lossOf returns the line of a lost connection.
func lossOf(err error) *recording.Lost {
	l := &recording.Lost{Code: withoutFrame, Error: kindOf(err)}
	if e, ok := errors.AsType[*socket.CloseError](err); ok {
		l.Code, l.Reason = e.Code, e.Reason
	}
	return l
}

// endOf returns the end of a session, and whether its connection was lost.
func endOf(err error) (end *recording.End, isLost bool) {
	if _, ok := errors.AsType[*usage.BudgetError](err); ok {
		return &recording.End{Why: "budget"}, false
	}
	if e, ok := errors.AsType[*socket.CloseError](err); ok {
		if e.Local {
			return &recording.End{Why: "closed", Code: e.Code}, false
		}
		return &recording.End{Why: "server", Code: e.Code}, e.Code != 1000
	}
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, socket.ErrClosed), errors.Is(err, socket.ErrAborted):
		return &recording.End{Why: "closed"}, false
	}
	if _, ok := errors.AsType[*realtime.ServerError](err); ok {
		return &recording.End{Why: "failed"}, false
	}
	return &recording.End{Why: "lost", Code: withoutFrame}, true
}
