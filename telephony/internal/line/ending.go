package line

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/voicelane/realtime-go/telephony/internal/wsock"
)

// Reasons for the abnormal end of a line.
var (
	ErrStalled  = errors.New("telephony: nothing came from the carrier for too long")
	ErrFlood    = errors.New("telephony: the carrier sends more than a call can have")
	ErrTooLarge = errors.New("telephony: a message of the carrier is too large")
	ErrSlow     = errors.New("telephony: the carrier does not read what it is sent")
	ErrProtocol = errors.New("telephony: the carrier broke the protocol")
)

// readError returns why a read has ended the line; nil after a normal end, which
// includes the end of the stream without notice.
func readError(err error) error {
	switch {
	case errors.Is(err, io.EOF), gone(err):
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ErrStalled
	case errors.Is(err, wsock.ErrTooLarge):
		return ErrTooLarge
	case errors.Is(err, wsock.ErrProtocol):
		return ErrProtocol
	case errors.Is(err, wsock.ErrSlow):
		return ErrSlow
	default:
		return fmt.Errorf("telephony: the connection to the carrier is broken: %w", err)
	}
}

func writeError(err error) error {
	if errors.Is(err, wsock.ErrSlow) {
		return ErrSlow
	}
	return readError(err)
}

// gone reports whether the peer has closed or reset the connection.
func gone(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
