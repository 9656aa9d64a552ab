package realtime

import (
	"io"
	"time"
)

// transport is one open socket. It is all that differs between a machine and a
// browser. One goroutine reads; the writing methods may run beside it and
// beside each other.
type transport interface {
	// nextReader waits for a message and returns it for reading. It returns a
	// *CloseError once the peer has closed, and another error when the
	// connection broke.
	nextReader() (io.Reader, error)
	// write sends one text message, which begins behind frameHead bytes of
	// room. It may write over both.
	write(frame []byte, deadline time.Time) error
	// ping asks for a sign of life.
	ping(deadline time.Time) error
	// writeClose begins the closing handshake.
	writeClose(code int, reason string, deadline time.Time) error
	// abort ends the connection at once. It unblocks reader and writers, and
	// may be called more than once.
	abort()
	// lastRead is when the peer was last heard.
	lastRead() time.Time
	// requestID is the server's name for the connection.
	requestID() string
}
