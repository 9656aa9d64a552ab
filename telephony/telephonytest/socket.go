package telephonytest

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"sync"
)

// tcpTransport is a connection of AudioSocket.
type tcpTransport struct {
	raw     net.Conn
	br      *bufio.Reader
	writing sync.Mutex
}

func newTCPTransport(raw net.Conn) *tcpTransport {
	return &tcpTransport{raw: raw, br: bufio.NewReader(raw)}
}

func (t *tcpTransport) read() (message, error) {
	var head [3]byte
	if _, err := io.ReadFull(t.br, head[:]); err != nil {
		return message{}, err
	}
	data := make([]byte, 1+int(binary.BigEndian.Uint16(head[1:])))
	data[0] = head[0]
	_, err := io.ReadFull(t.br, data[1:])
	return message{true, data}, err
}

func (t *tcpTransport) write(m message) error {
	t.writing.Lock()
	defer t.writing.Unlock()
	b := append([]byte{m.data[0], 0, 0}, m.data[1:]...)
	binary.BigEndian.PutUint16(b[1:], uint16(len(m.data)-1)) //nolint:gosec // Messages are short.
	_, err := t.raw.Write(b)
	return err
}

func (t *tcpTransport) close(bool) { _ = t.raw.Close() }

// answered waits for the first message of the program, which stays to be read. It reports
// whether that is not a hang-up.
func (t *tcpTransport) answered() bool {
	first, err := t.br.Peek(1)
	return err == nil && first[0] != 0x00
}
