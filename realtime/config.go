package realtime

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/internal/rest"
)

// DefaultBaseURL is the vendor's own address.
const DefaultBaseURL = "https://api.openai.com/v1"

const defaultDialTimeout = 30 * time.Second

// Config tells [NewClient] whom to call and as whom. The zero value is usable
// and takes what it needs from the environment. The client copies it.
type Config struct {
	// APIKey is a key or client secret; OPENAI_API_KEY when empty, and with
	// Azure set AZURE_OPENAI_API_KEY.
	APIKey string
	// Credentials, when set, is asked before each dial instead of APIKey.
	Credentials CredentialFunc
	// BaseURL is the address that /realtime is appended to, so that it does not
	// end in that itself; OPENAI_BASE_URL when empty, then [DefaultBaseURL]. Its
	// own query is kept, but for model, intent and call_id. Only https and wss
	// are allowed, and http and ws to a loopback host.
	BaseURL string
	// Azure, when set, calls an Azure OpenAI resource; BaseURL is then ignored.
	Azure *Azure
	// Organization and Project name what is billed; OPENAI_ORG_ID and
	// OPENAI_PROJECT_ID when empty. They are not sent to Azure.
	Organization, Project string
	// Header is sent with each handshake. It cannot hold a credential nor the
	// handshake's own headers.
	Header http.Header
	// UserAgent replaces the default, which names this module.
	UserAgent string
	// TLS is used for wss and for https proxies; nil is the system's roots.
	TLS *tls.Config
	// Proxy chooses the proxy as in [http.Transport]: http, https or socks5.
	// Nil takes it from the environment; see also [NoProxy].
	Proxy func(*http.Request) (*url.URL, error)
	// DialContext makes the connection below TLS; nil is a [net.Dialer].
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	// DialTimeout bounds a dial up to the end of the handshake, default 30 s;
	// negative leaves the bound to the context.
	DialTimeout time.Duration
	// HTTPClient sends REST requests instead of one that the fields above
	// describe. Its redirect policy is not used: no redirect is followed.
	HTTPClient *http.Client
	// RequestTimeout bounds each attempt of a REST request, default 30 s;
	// negative leaves the bound to the context.
	RequestTimeout time.Duration
	// Retries is the number of attempts of a REST request after the first,
	// default 2; negative is none.
	Retries int
	// RewriteURL may change path and query of the address just before a dial,
	// a reconnection included. Scheme, host and port must stay.
	RewriteURL func(*url.URL) error
	// Logger hears of connections, their ends, malformed frames, a receive queue
	// that nobody empties, and errors of the server that no handler of a [Mux]
	// takes, never of payloads or secrets. Nil is silence.
	Logger *slog.Logger

	Browser
}

// Azure addresses a resource of Azure OpenAI, by its API of version 1: a session
// is dialed at <Endpoint>/openai/v1/realtime?model=<deployment>. A dated preview
// version has another path and an api-version: give it whole, as Options.URL.
type Azure struct {
	// Endpoint is the resource's address, such as
	// https://name.openai.azure.com; AZURE_OPENAI_ENDPOINT when empty.
	Endpoint string
	// Deployment is called by a [Model] target without a name.
	Deployment string
}

// NoProxy is a Config.Proxy that uses none, whatever the environment says.
func NoProxy(*http.Request) (*url.URL, error) { return nil, nil }

// Format prints the configuration without secrets: keys, header values and
// foreign query parameters are left out.
func (c Config) Format(f fmt.State, _ rune) {
	key := ""
	if c.APIKey != "" {
		key = redacted
	}
	fmt.Fprintf(f, "realtime.Config{APIKey:%q, BaseURL:%q, Azure:%v, Organization:%q, Project:%q, Header:%q, UserAgent:%q}",
		key, redactRawURL(c.BaseURL), c.Azure, c.Organization, c.Project, headerNames(c.Header), c.UserAgent)
}

// LogValue returns what Format prints.
func (c Config) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// MarshalJSON encodes what Format prints, as one string.
func (c Config) MarshalJSON() ([]byte, error) { return jsonText(fmt.Sprint(c)) }

// String prints the address without foreign query parameters.
func (a *Azure) String() string {
	if a == nil {
		return "none"
	}
	return fmt.Sprintf("{%s %s}", redactRawURL(a.Endpoint), a.Deployment)
}

func headerNames(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Client dials sessions. It holds no connection and is safe for concurrent use.
type Client struct {
	// A pointer, so that printing a copied Client stops here.
	set *settings
}

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

// NewClient returns a client for cfg, which may be nil. It reads the
// environment once, reaches no network, and reports an address or header that
// can never work. A missing key is reported by the dial that would need it.
func NewClient(cfg *Config) (*Client, error) {
	var c Config
	if cfg != nil {
		c = *cfg
	}
	s := &settings{&values{
		credentials: c.Credentials,
		browser:     c.Browser,
		proxy:       c.Proxy,
		dial:        c.DialContext,
		dialTimeout: defaulted(c.DialTimeout, defaultDialTimeout),
		rewrite:     c.RewriteURL,
		log:         c.Logger,
	}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.setNetwork(&c); err != nil {
		return nil, err
	}
	if err := s.setAddress(&c); err != nil {
		return nil, err
	}
	if s.credentials == nil {
		s.credentials = staticCredential(Key(firstOf(c.APIKey, os.Getenv(keyVariable(c.Azure != nil)))))
	}
	if err := s.setHeader(&c); err != nil {
		return nil, err
	}
	s.setREST(&c)
	return &Client{set: s}, nil
}

func keyVariable(azure bool) string {
	if azure {
		return "AZURE_OPENAI_API_KEY"
	}
	return "OPENAI_API_KEY"
}

func (s *settings) setAddress(c *Config) error {
	if c.Azure == nil {
		from := "Config.BaseURL"
		if firstOf(c.BaseURL) == "" {
			from = "OPENAI_BASE_URL"
		}
		base, err := parseBase(firstOf(c.BaseURL, os.Getenv("OPENAI_BASE_URL"), DefaultBaseURL))
		s.base, err = sourced(base, err, from)
		return err
	}
	azure := *c.Azure
	from := "Config.Azure.Endpoint"
	if firstOf(azure.Endpoint) == "" {
		from = "AZURE_OPENAI_ENDPOINT"
	}
	azure.Endpoint = firstOf(azure.Endpoint, os.Getenv("AZURE_OPENAI_ENDPOINT"))
	if azure.Endpoint == "" {
		return errors.New("realtime: Config.Azure has no endpoint; set it, or AZURE_OPENAI_ENDPOINT")
	}
	s.azure = &azure
	base, err := parseAzure(azure.Endpoint)
	s.base, err = sourced(base, err, from)
	return err
}

// reserved names the headers that a caller cannot set: the credential's own,
// and those of the handshake.
var reserved = []string{
	"Authorization", "Api-Key", "Proxy-Authorization", "Host", "Connection", "Upgrade",
	"Sec-Websocket-Key", "Sec-Websocket-Version", "Sec-Websocket-Extensions",
	"Sec-Websocket-Accept", "Sec-Websocket-Protocol",
}

func (s *settings) setHeader(c *Config) error {
	s.header = http.Header{}
	if s.azure == nil {
		setIf(s.header, "Openai-Organization", firstOf(c.Organization, os.Getenv("OPENAI_ORG_ID")))
		setIf(s.header, "Openai-Project", firstOf(c.Project, os.Getenv("OPENAI_PROJECT_ID")))
	}
	s.header.Set("User-Agent", firstOf(c.UserAgent, userAgent()))
	return addHeader(s.header, c.Header)
}

// addHeader puts the caller's header on top of h.
func addHeader(h, more http.Header) error {
	for name, values := range more {
		canonical := http.CanonicalHeaderKey(name)
		if slices.Contains(reserved, canonical) {
			return fmt.Errorf("realtime: header %s cannot be set by the caller", canonical)
		}
		h[canonical] = slices.Clone(values)
	}
	return nil
}

func setIf(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}

// defaulted applies the rule of every bound here: zero is the default and a
// negative value switches off, which the result shows as zero.
func defaulted[T ~int | ~int64](v, def T) T {
	switch {
	case v == 0:
		return def
	case v < 0:
		return 0
	default:
		return v
	}
}

const modulePath = "github.com/voicelane/realtime-go"

func userAgent() string {
	version := "devel"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append(info.Deps, &info.Main) {
			if m.Path == modulePath && m.Version != "" && m.Version != "(devel)" {
				version = m.Version
			}
		}
	}
	return "realtime-go/" + version
}

// BaseURL returns the address that the client dials below, without foreign
// query parameters.
func (c *Client) BaseURL() string { return redactURL(c.set.base) }

// Format prints the client as its address.
func (c *Client) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "realtime.Client(%s)", c.BaseURL()) }

// LogValue logs the client as its address.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.BaseURL()) }
