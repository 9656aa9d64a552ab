package audiosocket

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/telephony/internal/wsock"
)

// The types of messages.
const (
	typeHangUp = 0x00
	typeID     = 0x01
	typeDTMF   = 0x03
	typeSound  = 0x10
	typeError  = 0xff
)

// conn is a connection of Asterisk. A message is its type, and then its payload.
type conn struct {
	raw  net.Conn
	br   *bufio.Reader
	buf  []byte
	idle time.Duration
	slow time.Duration

	until time.Time // the read deadline that is set

	writing sync.Mutex
}

func newConn(raw net.Conn, slow time.Duration) *conn {
	return &conn{raw: raw, br: bufio.NewReaderSize(raw, 2<<10), slow: slow}
}

// Read waits for the next message.
func (c *conn) Read() (isBinary bool, data []byte, err error) {
	if c.idle > 0 {
		if now := time.Now(); c.until.Sub(now) < c.idle*7/8 {
			c.until = now.Add(c.idle)
			if err := c.raw.SetReadDeadline(c.until); err != nil {
				return true, nil, err
			}
		}
	}
	head, err := c.br.Peek(3)
	if err != nil {
		return true, nil, err
	}
	kind, size := head[0], int(binary.BigEndian.Uint16(head[1:]))
	if _, err := c.br.Discard(3); err != nil {
		return true, nil, err
	}
	if cap(c.buf) < size+1 {
		c.buf = make([]byte, size+1)
	}
	c.buf = c.buf[:size+1]
	c.buf[0] = kind
	_, err = io.ReadFull(c.br, c.buf[1:])
	return true, c.buf, err
}

// Write writes messages in one system call: older versions fail on split ones.
func (c *conn) Write(messages []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.raw.SetWriteDeadline(time.Now().Add(c.slow)); err != nil {
		return err
	}
	_, err := c.raw.Write(messages)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: %w", wsock.ErrSlow, err)
	}
	return err
}

// closePatience bounds the last message.
const closePatience = 200 * time.Millisecond

// Close hangs up and closes the connection.
func (c *conn) Close(uint16) {
	if c.writing.TryLock() {
		_ = c.raw.SetWriteDeadline(time.Now().Add(closePatience))
		_, _ = c.raw.Write([]byte{typeHangUp, 0, 0})
		c.writing.Unlock()
	}
	_ = c.raw.Close()
}
