package realtime

import (
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/internal/address"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/rest"
	"github.com/voicelane/realtime-go/internal/text"
)

// settings is a Config with every default applied. It is a pointer behind a pointer,
// so that printing a copied Client with the wrong verb shows an address alone.
type settings struct{ *values }

type values struct {
	credentials CredentialFunc
	keyless     bool // there is neither a key nor Config.Credentials
	base        *url.URL
	azure       *Azure
	plain       address.PlainHosts
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

	sessions atomic.Uint64 // counts them, for the log

	latest atomic.Pointer[text.Secrets] // of the last dial; sessions with the same share them
}

// needsNoCredential reports whether a server at that address may be reached without a
// credential: servers on this machine, and those that the user has listed. A
// Config.Credentials that returns none has failed, whatever the host.
func (s *settings) needsNoCredential(u *url.URL) bool {
	return s.keyless && (address.IsLoopback(u.Hostname()) || s.plain.Has(u))
}
