// Package wsock is the server's end of a carrier's WebSocket. It reads messages into
// memory that it uses again, and writes several frames at a time, so that neither
// direction allocates. The handshake is gorilla's.
package wsock

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Errors that end a connection from this side.
var (
	ErrTooLarge = errors.New("a message is too large")
	ErrProtocol = errors.New("a frame is malformed")
	ErrSlow     = errors.New("the peer does not read")
)

// The opcodes of frames.
const (
	opContinuation = 0
	opText         = 1
	opBinary       = 2
	opClose        = 8
	opPing         = 9
	opPong         = 10
)

const (
	readBuffer = 2 << 10
	kept       = 64 << 10 // the largest message buffer that is kept
	maxControl = 125
)

// Conn is one connection. One goroutine reads; any number write.
type Conn struct {
	raw   net.Conn
	br    *bufio.Reader
	limit int
	idle  time.Duration // the longest silence of the peer; 0 is without end
	until time.Time     // the read deadline that is set
	buf   []byte        // the message that Read has returned

	writing sync.Mutex // guards what follows, and writes
	slow    time.Duration
	closing bool // a close frame was written
	control [2 + maxControl]byte
}

// Options are the bounds of a connection.
type Options struct {
	Limit        int           // the size of a message
	Idle         time.Duration // the longest time without a message
	WriteTimeout time.Duration // of one write
	Echo         bool          // select the first subprotocol that the peer offers
}

// Upgrade answers a handshake. After an error it has written the response.
func Upgrade(w http.ResponseWriter, r *http.Request, o Options) (*Conn, error) {
	up := websocket.Upgrader{
		CheckOrigin: func(*http.Request) bool { return true }, // Carriers are not browsers.
		Error: func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
			http.Error(w, http.StatusText(status), status)
		},
	}
	if o.Echo {
		up.Subprotocols = websocket.Subprotocols(r)
	}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return nil, err
	}
	return newConn(ws.NetConn(), o), nil
}

func newConn(raw net.Conn, o Options) *Conn {
	return &Conn{raw: raw, br: bufio.NewReaderSize(raw, readBuffer), limit: o.Limit, idle: o.Idle, slow: o.WriteTimeout}
}

// Read waits for the next message; the bytes are valid until the next call. It answers
// pings. The error is io.EOF after a close frame or the end of the stream,
// os.ErrDeadlineExceeded after Options.Idle, and otherwise one of this package or of the
// network.
func (c *Conn) Read() (binaryMessage bool, data []byte, err error) {
	if cap(c.buf) > kept {
		c.buf = nil
	}
	c.buf = c.buf[:0]
	if err := c.extend(); err != nil {
		return false, nil, err
	}
	first := true
	for {
		final, op, err := c.frame()
		if err != nil {
			return false, nil, c.readError(err)
		}
		switch {
		case op >= opClose:
			continue
		case first != (op != opContinuation):
			return false, nil, ErrProtocol
		case first:
			first, binaryMessage = false, op == opBinary
		}
		if final {
			return binaryMessage, c.buf, nil
		}
	}
}

// extend moves the read deadline, at most once in a while: it costs a system call's worth
// of time.
func (c *Conn) extend() error {
	if c.idle <= 0 {
		return nil
	}
	now := time.Now()
	if c.until.Sub(now) > c.idle*7/8 {
		return nil
	}
	c.until = now.Add(c.idle)
	return c.raw.SetReadDeadline(c.until)
}

// Deadline bounds all reads from now on until a call of Extend.
func (c *Conn) Deadline(t time.Time) { _ = c.raw.SetReadDeadline(t) }

// Idle sets the longest silence of the peer.
func (c *Conn) Idle(d time.Duration) {
	c.idle, c.until = d, time.Time{}
	_ = c.raw.SetReadDeadline(time.Time{})
}

func (c *Conn) readError(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		return io.EOF // A stream that ends without a close frame has ended.
	default:
		return err
	}
}

// frame reads one frame. The payload of a message is added to c.buf; control frames are
// handled.
func (c *Conn) frame() (final bool, op byte, err error) {
	head, err := c.br.Peek(2)
	if err != nil {
		return false, 0, err
	}
	final, op = head[0]&0x80 != 0, head[0]&0x0f
	masked, n := head[1]&0x80 != 0, int64(head[1]&0x7f)
	if head[0]&0x70 != 0 || !masked || op > opPong || op > opBinary && op < opClose || op >= opClose && (!final || n > maxControl) {
		return false, 0, ErrProtocol
	}
	size := 2
	switch n {
	case 126:
		size = 4
	case 127:
		size = 10
	}
	head, err = c.br.Peek(size + 4)
	if err != nil {
		return false, 0, err
	}
	switch size {
	case 4:
		n = int64(binary.BigEndian.Uint16(head[2:]))
	case 10:
		long := binary.BigEndian.Uint64(head[2:])
		if long > uint64(c.limit) { //nolint:gosec // The limit is positive.
			return false, 0, ErrTooLarge
		}
		n = int64(long) //nolint:gosec // At most the limit.
	}
	mask := [4]byte(head[size:])
	if _, err := c.br.Discard(size + 4); err != nil {
		return false, 0, err
	}
	if op >= opClose {
		return final, op, c.handle(op, int(n), mask)
	}
	if int64(len(c.buf))+n > int64(c.limit) {
		return false, 0, ErrTooLarge
	}
	return final, op, c.payload(int(n), mask)
}

// payload adds n bytes to c.buf. Memory grows with what arrives, not with what the header
// claims.
func (c *Conn) payload(n int, mask [4]byte) error {
	phase := 0
	for n > 0 {
		if c.br.Buffered() == 0 {
			if _, err := c.br.Peek(1); err != nil {
				return err
			}
		}
		piece, err := c.br.Peek(min(n, c.br.Buffered()))
		if err != nil {
			return err
		}
		at := len(c.buf)
		c.buf = append(c.buf, piece...)
		unmask(c.buf[at:], mask, phase)
		phase = (phase + len(piece)) % 4
		n -= len(piece)
		if _, err := c.br.Discard(len(piece)); err != nil {
			return err
		}
	}
	return nil
}

// unmask applies a mask, from its byte phase on.
func unmask(p []byte, mask [4]byte, phase int) {
	var key [8]byte
	for i := range key {
		key[i] = mask[(phase+i)%4]
	}
	word := binary.LittleEndian.Uint64(key[:])
	for len(p) >= 8 {
		binary.LittleEndian.PutUint64(p, binary.LittleEndian.Uint64(p)^word)
		p = p[8:]
	}
	for i := range p {
		p[i] ^= key[i]
	}
}

// handle answers a control frame.
func (c *Conn) handle(op byte, n int, mask [4]byte) error {
	piece, err := c.br.Peek(n)
	if err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	data := c.control[2 : 2+copy(c.control[2:], piece)]
	unmask(data, mask, 0)
	if _, err := c.br.Discard(n); err != nil {
		return err
	}
	switch op {
	case opPing:
		return c.send(opPong, data)
	case opClose:
		if !c.closing {
			c.closing = true
			_ = c.send(opClose, data[:min(len(data), 2)]) // The end comes either way.
		}
		return io.EOF
	default:
		return nil
	}
}

// send writes the control frame whose payload is in c.control.
func (c *Conn) send(op byte, data []byte) error {
	c.control[0], c.control[1] = 0x80|op, byte(len(data)) //nolint:gosec // At most maxControl.
	return c.write(c.control[:2+len(data)])
}

// Write writes frames, those of [Seal].
func (c *Conn) Write(frames []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.closing {
		return io.ErrClosedPipe
	}
	return c.write(frames)
}

func (c *Conn) write(p []byte) error {
	if c.slow > 0 {
		if err := c.raw.SetWriteDeadline(time.Now().Add(c.slow)); err != nil {
			return err
		}
	}
	_, err := c.raw.Write(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: %w", ErrSlow, err)
	}
	return err
}

// Close sends a close frame, if nothing is in the way of it, and closes the connection.
func (c *Conn) Close(code uint16) {
	if c.writing.TryLock() {
		if !c.closing {
			c.closing = true
			binary.BigEndian.PutUint16(c.control[2:], code)
			_ = c.raw.SetWriteDeadline(time.Now().Add(closePatience))
			c.control[0], c.control[1] = 0x80|opClose, 2
			_, _ = c.raw.Write(c.control[:4])
		}
		c.writing.Unlock()
	}
	_ = c.raw.Close()
}

// closePatience bounds the write of a close frame.
const closePatience = 200 * time.Millisecond

// headRoom is the room for a frame's header that Begin reserves.
const headRoom = 4

// Begin reserves the room for the header of a frame, whose payload is appended next.
func Begin(dst []byte) []byte { return append(dst, 0, 0, 0, 0) }

// Seal completes the frame that was begun when dst had the length at.
func Seal(dst []byte, at int, text bool) []byte {
	op := byte(opBinary)
	if text {
		op = opText
	}
	n := len(dst) - at - headRoom
	head := dst[at:]
	switch {
	case n < 126:
		head[0], head[1] = 0x80|op, byte(n) //nolint:gosec // Less than 126.
		copy(head[2:], head[headRoom:])
		return dst[:len(dst)-2]
	case n <= 0xffff:
		head[0], head[1] = 0x80|op, 126
		binary.BigEndian.PutUint16(head[2:], uint16(n))
		return dst
	default:
		dst = append(dst, 0, 0, 0, 0, 0, 0)
		head = dst[at:]
		copy(head[10:], head[headRoom:])
		head[0], head[1] = 0x80|op, 127
		binary.BigEndian.PutUint64(head[2:], uint64(n))
		return dst
	}
}

// Message is a message that a generated package encodes.
type Message interface {
	AppendJSON(dst []byte) ([]byte, error)
}

// AppendText appends the frame of a generated message.
func AppendText(dst []byte, m Message) []byte {
	at := len(dst)
	text, err := m.AppendJSON(Begin(dst))
	if err != nil {
		return dst // Every message of a carrier's package can be encoded.
	}
	return Seal(text, at, true)
}
