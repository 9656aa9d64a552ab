package attack

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/pipe"
	"github.com/voicelane/realtime-go/realtimetest"
)

// network connects clients to a server through proxies, over TCP or in memory.
type network struct {
	temper *temper
	srv    *realtimetest.Server
	listen net.Listener // The proxy's; nil in memory.
	tls    *tls.Config  // The server's; nil without TLS.

	wg   sync.WaitGroup
	mu   sync.Mutex
	open map[net.Conn]bool // guarded by mu
	over bool              // guarded by mu
}

func newNetwork(t *testing.T, temper *temper, cfg *realtimetest.Config, memory bool, server *tls.Config) *network {
	t.Helper()
	n := &network{temper: temper, tls: server, open: map[net.Conn]bool{}}
	if memory {
		n.srv = realtimetest.New(cfg)
		return n
	}
	n.srv = realtimetest.NewServer(cfg)
	var err error
	n.listen, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	n.wg.Go(func() {
		for {
			c, err := n.listen.Accept()
			if err != nil {
				return
			}
			n.serve(c)
		}
	})
	return n
}

// baseURL is the address for the client, which is not looked at.
func (n *network) baseURL() string {
	if n.tls != nil {
		return "https://127.0.0.1/v1"
	}
	return "http://127.0.0.1/v1"
}

// DialContext connects a client to a proxy.
func (n *network) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	if n.listen != nil {
		return new(net.Dialer).DialContext(ctx, "tcp", n.listen.Addr().String())
	}
	client, ours := pipe.New()
	n.serve(ours)
	return client, nil
}

// serve runs a proxy for a client's connection.
func (n *network) serve(client net.Conn) {
	if !n.keep(client) {
		_ = client.Close()
		return
	}
	n.wg.Go(func() {
		defer n.forget(client)
		server, err := n.dialServer()
		if err != nil {
			_ = client.Close()
			return
		}
		if n.keep(server) {
			relay(n.temper, client, server)
			n.forget(server)
		}
		_ = client.Close()
		_ = server.Close()
	})
}

func (n *network) keep(c net.Conn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.open[c] = true
	return !n.over
}

func (n *network) forget(c net.Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.open, c)
}

// dialServer connects a proxy to the server, behind TLS if there is.
func (n *network) dialServer() (net.Conn, error) {
	server, err := n.dialPlain()
	if err != nil || n.tls == nil {
		return server, err
	}
	ours, theirs := pipe.New()
	if !n.keep(theirs) {
		_ = ours.Close()
	}
	secure := tls.Server(theirs, n.tls)
	n.wg.Go(func() {
		var wg sync.WaitGroup
		for _, way := range [][2]net.Conn{{secure, server}, {server, secure}} {
			wg.Go(func() {
				_, _ = io.Copy(way[0], way[1])
				_ = theirs.Close()
				_ = server.Close()
			})
		}
		wg.Wait()
		n.forget(theirs)
	})
	return ours, nil
}

func (n *network) dialPlain() (net.Conn, error) {
	if n.listen == nil {
		return n.srv.DialContext(context.Background(), "", "")
	}
	u, err := url.Parse(n.srv.URL)
	if err != nil {
		return nil, err
	}
	return new(net.Dialer).DialContext(context.Background(), "tcp", u.Host)
}

// close ends everything and waits for the goroutines.
func (n *network) close() {
	n.temper.calmDown()
	if n.listen != nil {
		_ = n.listen.Close()
	}
	n.mu.Lock()
	n.over = true
	for c := range n.open {
		_ = c.Close()
	}
	n.mu.Unlock()
	n.srv.Close()
	n.wg.Wait()
}

// certificate returns the two sides of TLS, with the certificate of net/http/httptest.
func certificate() (server, client *tls.Config) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, &tls.Config{RootCAs: roots}
}
