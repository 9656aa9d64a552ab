package peer

import (
	"context"
	"net"
	"sync"

	"github.com/voicelane/realtime-go/internal/pipe"
)

// Network is a network in memory: every dial makes a pipe, so that it runs
// inside a synctest bubble.
type Network struct {
	// Wrap, when set, puts faults on the client's side of a connection. Set it
	// before the first dial.
	Wrap func(net.Conn) net.Conn

	conns chan net.Conn
	done  chan struct{}
	once  sync.Once

	mu     sync.Mutex // guards what follows
	dials  int
	opened []net.Conn
}

func newNetwork() *Network { return &Network{conns: make(chan net.Conn), done: make(chan struct{})} }

// DialContext connects to the server, whatever the address is.
func (n *Network) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	n.mu.Lock()
	n.dials++
	n.mu.Unlock()
	client, server := pipe.New()
	select {
	case n.conns <- server:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-n.done:
		return nil, net.ErrClosed
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.opened = append(n.opened, client)
	if n.Wrap != nil {
		return n.Wrap(client), nil
	}
	return client, nil
}

// Dials returns the number of dials so far.
func (n *Network) Dials() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials
}

// Accept returns the server's side of the next dial. It makes the Network a
// net.Listener, as Close and Addr do.
func (n *Network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and later dials.
func (n *Network) Close() error {
	n.once.Do(func() { close(n.done) })
	return nil
}

// Addr returns an address of the loopback interface.
func (n *Network) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// hangUp closes the client's side of every connection.
func (n *Network) hangUp() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.opened {
		_ = c.Close()
	}
}
