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

// settings is a Config with every default applied. It is a pointer behind a pointer,
// so that printing a copied Client with the wrong verb shows an address alone.
type settings struct{ *values }

type values struct {
	credentials CredentialFunc
	base        *url.URL
	azure       *Azure
	header      http.Header
	dialer      link.Dialer
	rewrite     func(*url.URL) error
	log         *slog.Logger

	browser        browserOnly
	http           *http.Client
	restOnce       sync.Once
	restClient     *rest.Client
	requestTimeout time.Duration
	retries        int
}
