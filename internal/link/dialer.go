package link

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/internal/text"
)

// Dialer opens links over one network. Its exported fields are set once; it is
// safe for concurrent use.
type Dialer struct {
	// Timeout bounds a dial up to the end of the handshake; zero leaves the bound to
	// the context.
	Timeout time.Duration
	// Proxy, Connect and TLS are the network. A browser has its own.
	Proxy   func(*http.Request) (*url.URL, error)
	Connect func(ctx context.Context, network, addr string) (net.Conn, error)
	TLS     *tls.Config
	// Through, unless nil, sends the handshakes. It is made of the result of Transport.
	Through http.RoundTripper

	latest atomic.Pointer[tls.Config] // of the latest link
}

// Request is what one link is dialed with.
type Request struct {
	URL    *url.URL
	Header http.Header
	// Protocols are the subprotocols of a browser, which sends no header.
	Protocols []string
	// Secrets are what no error of the link may repeat, nor its request id.
	Secrets *text.Secrets
}

// Dial opens one link. The context bounds the dial alone. An answer other than an
// open WebSocket is returned as a [*RefusedError], any other failure as a
// *socket.TransportError, but for a proxy that cannot be used.
func (d *Dialer) Dial(ctx context.Context, r Request, o *Options) (Link, error) {
	if d.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.Timeout)
		defer cancel()
	}
	return d.dial(ctx, r, o)
}
