package telephonytest

import (
	"context"
	"net"
	"sync"

	"github.com/voicelane/realtime-go/internal/pipe"
)

// memory is a net.Listener whose connections are pipes, which work inside of a bubble of
// testing/synctest.
type memory struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newMemory() *memory { return &memory{conns: make(chan net.Conn), done: make(chan struct{})} }

// dial opens a connection and waits until it is accepted.
func (m *memory) dial(ctx context.Context) (net.Conn, error) {
	near, far := pipe.New()
	select {
	case m.conns <- far:
		return near, nil
	case <-m.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Accept returns the next connection.
func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and dial.
func (m *memory) Close() error {
	m.once.Do(func() { close(m.done) })
	return nil
}

// Addr returns an address of the loopback interface.
func (m *memory) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9092} }
