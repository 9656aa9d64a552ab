package realtime

import (
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/internal/link"
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
	dialer      link.Dialer
	rewrite     func(*url.URL) error
	log         *slog.Logger

	browser        Browser
	http           *http.Client
	restOnce       sync.Once
	restClient     *rest.Client
	requestTimeout time.Duration
	retries        int
}
