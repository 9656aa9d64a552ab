package realtime

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/internal/rest"
)

// settings is a Config with every default applied. The second pointer keeps a
// verb that does not suit a copied Client from printing what is behind it.
type settings struct{ *values }

type values struct {
	credentials CredentialFunc
	base        *url.URL
	azure       *Azure
	header      http.Header
	tls         *tls.Config
	socketTLS   atomic.Pointer[tls.Config] // what the latest socket was made with
	proxy       func(*http.Request) (*url.URL, error)
	dial        func(ctx context.Context, network, addr string) (net.Conn, error)
	dialTimeout time.Duration
	rewrite     func(*url.URL) error
	log         *slog.Logger

	browser        Browser
	http           *http.Client
	restOnce       sync.Once
	restClient     *rest.Client
	requestTimeout time.Duration
	retries        int
}
