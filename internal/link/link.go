package link

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/voicelane/realtime-go/internal/monotonic"
	"github.com/voicelane/realtime-go/internal/text"
)

// Link is one open WebSocket. It is all that differs between a machine and a
// browser. One goroutine reads; the writing methods may run beside it and beside
// each other.
type Link interface {
	// RequestID is the server's name for the connection, fit to be shown.
	RequestID() string
	// Secrets is what the link was dialed with, for what else the peer says.
	Secrets() *text.Secrets
	// WriteClose begins the closing handshake.
	WriteClose(code int, reason string, deadline time.Time) error
	// Abort ends the connection at once. It unblocks reader and writers, and may be
	// called more than once.
	Abort()

	// nextReader waits for a message and returns it for reading. It returns a
	// *socket.CloseError once the peer has closed, and another error when the
	// connection broke.
	nextReader() (io.Reader, error)
	// readError translates an error of that reader.
	readError(err error) error
	// write sends one text message, which begins behind frameHead bytes of room. It
	// may write over both; after a failure the message is what it was.
	write(frame []byte, deadline time.Time) error
	// tries reports whether a message of so many bytes can be passed to try. What it returns
	// for a size never changes.
	tries(bytes int) bool
	// try is write for what the system takes at once: it waits neither for the peer nor for
	// another write. It reports false if something is left to do, which complete does, before
	// any other call of write, try or complete.
	try(frame []byte) (whole bool, err error)
	complete(frame []byte, deadline time.Time) error
	// ping asks the peer for a pong.
	ping(deadline time.Time) error
	// lastRead is when bytes last arrived.
	lastRead() monotonic.Time
}

// Codes of a close frame.
const (
	CodeNormal   = 1000
	codeNoStatus = 1005
	codeAbnormal = 1006
)

// RefusedError is an answer to a handshake other than an open WebSocket. Redirects are
// among them: they are never followed.
type RefusedError struct {
	Status int
	Header http.Header
	Body   []byte // The first kilobyte.
}

func (e *RefusedError) Error() string {
	return text.Prefix + "handshake refused: status " + strconv.Itoa(e.Status)
}
