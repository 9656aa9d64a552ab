package clientsecret

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Config configures a [Handler]. Client, Authorize and one of Session, SessionFor and
// Translation are required. New copies the struct, but not the sessions: do not change
// them afterwards.
type Config struct {
	// Client creates the secrets, with the key that stays on the server.
	Client *realtime.Client
	// Authorize decides whether a request gets a secret, by a cookie, a token or whatever
	// the server signs its users in with. It returns a name of the user, which the limits and
	// the log go by, or an error. The page gets an *[Error] as it is; other errors become
	// status 401 with [CodeUnauthorized], and their text goes to the log alone. To let
	// everyone have secrets, use [Anyone].
	Authorize func(r *http.Request) (user string, err error)

	// Session is what a secret starts: an *[api.RealtimeSessionConfig] that names a model, or
	// an *[api.TranscriptionSessionConfig].
	Session api.SessionConfig
	// SessionFor returns the session for a user, in place of Session. Its errors are treated
	// like those of Authorize, with status 403 and [CodeForbidden]. It may read up to 4 KiB of
	// the request's body.
	SessionFor func(r *http.Request, user string) (api.SessionConfig, error)
	// Translation, in place of Session, makes secrets for translation sessions.
	Translation *api.TranslationSessionConfig
	// ExpiresAfter is how long a secret can start sessions: whole seconds from 10 s to 2 h,
	// default 1 min. Sessions that run are not ended by it.
	ExpiresAfter time.Duration
	// SafetyIdentifier returns a stable name of a user without personal data, such as a keyed
	// hash, which the API connects with the sessions of the secret to tell who misuses it.
	// Nil sends none, and neither does an empty name.
	SafetyIdentifier func(user string) string

	// Origins lists the other origins whose pages may ask, such as "https://example.com" or
	// "http://localhost:3000": scheme, host and port in ASCII, without a path. Upper case and a
	// scheme's default port may be written, though browsers leave them out. Their requests carry
	// cookies. By default only the handler's own origin may.
	Origins []string
	// Burst is the number of secrets that a user gets at once, and Every the time after which
	// there is another one; default 5 and 12 s. A negative Burst removes the limit. A request
	// counts once the API is asked, even if the API fails, so that pages that repeat at once do
	// not burden an API in trouble. What is refused before, with CodeBusy for example, does not
	// count.
	Burst int
	Every time.Duration
	// MaxPending is the number of requests that wait for the API at the same time, of all
	// users; default 32. Further ones are refused with [CodeBusy].
	MaxPending int
	// Timeout bounds one request, repetitions after failures included; default 15 s.
	Timeout time.Duration

	// Logger gets a record of each secret and each refusal, with the user, and without the
	// secret. Nil logs nothing.
	Logger *slog.Logger
}

// Defaults of Config.
const (
	defaultExpiry  = time.Minute
	defaultBurst   = 5
	defaultEvery   = 12 * time.Second
	defaultPending = 32
	defaultTimeout = 15 * time.Second
)

// Anyone is for Config.Authorize of servers without users: everyone gets secrets, and the
// limits apply to the address that a request comes from, for IPv6 to its /64 network. Behind
// a reverse proxy that is the proxy's address: authorize by a header that the proxy sets.
func Anyone(r *http.Request) (user string, err error) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host, nil //nolint:nilerr // A socket of another kind: all share a limit.
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if network, err := addr.Prefix(64); err == nil {
			return network.String(), nil
		}
	}
	return addr.String(), nil
}

// complete sets the defaults, and returns what is wrong with the config.
func (c *Config) complete() error {
	sessions := 0
	for _, set := range []bool{c.Session != nil, c.SessionFor != nil, c.Translation != nil} {
		if set {
			sessions++
		}
	}
	switch {
	case c.Client == nil:
		return errors.New("clientsecret: Config.Client is nil")
	case c.Authorize == nil:
		return errors.New("clientsecret: Config.Authorize is nil: decide who may have secrets, or use Anyone")
	case sessions != 1:
		return errors.New("clientsecret: set one of Config.Session, SessionFor and Translation")
	case c.ExpiresAfter%time.Second != 0:
		return fmt.Errorf("clientsecret: Config.ExpiresAfter is %v, not whole seconds", c.ExpiresAfter)
	case c.Every < 0 || c.MaxPending < 0 || c.Timeout < 0:
		return errors.New("clientsecret: Every, MaxPending or Timeout of Config is negative")
	}
	c.ExpiresAfter = or(c.ExpiresAfter, defaultExpiry)
	c.Burst, c.Every = or(c.Burst, defaultBurst), or(c.Every, defaultEvery)
	c.MaxPending, c.Timeout = or(c.MaxPending, defaultPending), or(c.Timeout, defaultTimeout)
	c.Origins = slices.Clone(c.Origins)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if err := c.expiry().Validate(); err != nil {
		return fmt.Errorf("clientsecret: Config.ExpiresAfter is %v: %w", c.ExpiresAfter, err)
	}
	if c.Session != nil {
		if err := check(c.Session); err != nil {
			return fmt.Errorf("clientsecret: Config.Session: %w", err)
		}
	}
	if c.Translation != nil {
		if err := checkTranslation(c.Translation); err != nil {
			return fmt.Errorf("clientsecret: Config.Translation: %w", err)
		}
	}
	return nil
}

func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

func (c *Config) expiry() *api.ClientSecretExpiry {
	return &api.ClientSecretExpiry{Seconds: new(int(c.ExpiresAfter / time.Second))}
}

// check reports what is wrong with a session. Without a model the page would choose one.
func check(session api.SessionConfig) error {
	switch s := session.(type) {
	case *api.RealtimeSessionConfig:
		if s == nil || s.Model == nil || *s.Model == "" {
			return errors.New("the session names no model, so that the page could choose any")
		}
		return s.Validate()
	case *api.TranscriptionSessionConfig:
		if s == nil {
			return errors.New("the session is nil")
		}
		return s.Validate()
	default:
		return fmt.Errorf("%T is not a session that a secret can start", session)
	}
}

func checkTranslation(s *api.TranslationSessionConfig) error {
	if s.Model == "" {
		return errors.New("the session names no model")
	}
	return s.Validate()
}
