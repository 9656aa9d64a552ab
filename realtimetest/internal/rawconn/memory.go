package rawconn

import (
	"context"
	"net"
	"sync"

	"github.com/voicelane/realtime-go/internal/pipe"
)

// Listener is a [net.Listener] that accepts the connections of [Listener.Dial]. All
// methods may be called from any goroutine.
type Listener struct {
	conns chan net.Conn
	done  chan struct{} // Closed by Close.
	once  sync.Once     // Closes done.
}

// NewListener returns a listener. The caller closes it.
func NewListener() *Listener {
	return &Listener{conns: make(chan net.Conn), done: make(chan struct{})}
}

// Dial opens a connection and waits until the listener accepts it.
func (l *Listener) Dial(ctx context.Context) (net.Conn, error) {
	client, server := pipe.New()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept returns the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close makes Dial and Accept return [net.ErrClosed].
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr returns an address of no network.
func (l *Listener) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "localhost:80" }
