package realtime

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/voicelane/realtime-go/internal/address"
	"github.com/voicelane/realtime-go/internal/header"
	"github.com/voicelane/realtime-go/internal/text"
)

// DefaultBaseURL is the vendor's own address.
const DefaultBaseURL = "https://api.openai.com/v1"

const (
	defaultDialTimeout    = 30 * time.Second
	defaultRequestTimeout = 30 * time.Second
	defaultRetries        = 2
)

// Config is the server and the credential of a client. The zero value is usable
// and takes both from the environment. [NewClient] copies it.
type Config struct {
	// APIKey is a key or client secret; OPENAI_API_KEY when empty, and with
	// Azure set AZURE_OPENAI_API_KEY. The variable's key is sent to whatever server is
	// configured, those on this machine included; set Credentials to [NoCredential] for a
	// server that must not have it. Without any key, a loopback host and those of
	// PlainHosts are sent no credential; for other hosts it is an [ErrNoCredential].
	APIKey string
	// Credentials, when set, is called before each dial and used instead of APIKey.
	// [Static] makes one of a fixed credential, such as a [HeaderKey]; package identity of
	// tokens that expire. When it returns the zero [Credential], the dial fails with
	// [ErrNoCredential], for every host.
	Credentials CredentialFunc
	// BaseURL is the address to which /realtime is appended, so that it must not end
	// in that; OPENAI_BASE_URL when empty, then [DefaultBaseURL]. Its query is kept,
	// but for model, intent and call_id. Only https and wss are allowed, and http and
	// ws to a loopback host or to one of PlainHosts.
	BaseURL string
	// PlainHosts are the hosts to which http and ws are allowed, such as "gpu-1.internal"
	// or, for one port alone, "10.0.0.7:8000", and that need no key, over https and wss
	// too: see APIKey. Over http and ws the credential and all audio travel
	// readable for everyone on the way: list a host only if that way is yours.
	PlainHosts []string
	// Region, when set, chooses the vendor's host for a region instead of BaseURL and
	// OPENAI_BASE_URL.
	Region Region
	// Azure, when set, calls an Azure OpenAI resource; BaseURL is then ignored.
	Azure *Azure
	// Organization and Project choose the account that is billed; OPENAI_ORG_ID and
	// OPENAI_PROJECT_ID when empty. They are not sent to Azure.
	Organization, Project string
	// Header is sent with each handshake and REST request. It cannot hold Authorization
	// and Api-Key, which are the credential's (see [HeaderKey]), Proxy-Authorization, Host,
	// Connection, Upgrade or one that begins with Sec-WebSocket. A key in another header goes
	// along with the client's credential: [HeaderKey] sends it instead.
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
	// DialTimeout bounds a dial up to the end of the handshake, default 30 s, and then
	// the wait for the server's greeting; negative leaves both to the context.
	DialTimeout time.Duration
	// Handshake, when set, is called once by NewClient, with the round tripper that sends
	// handshakes over the fields above, and returns the one to use: around it, for traces
	// and signatures, or instead of it, such as the gateway's own. It gets the request
	// whole, credential included. A round tripper around next may change all but scheme
	// and host. It must end with the context of the request, which lives as long as the
	// connection, and return the body of a 101 response as a writable one, as
	// [http.Transport] does; other statuses refuse, redirects among them.
	Handshake func(next http.RoundTripper) http.RoundTripper
	// HTTPClient sends REST requests; nil is a client made of the fields above. Its
	// redirect policy is not used: no redirect is followed.
	HTTPClient *http.Client
	// RequestTimeout bounds each attempt of a REST request, default 30 s;
	// negative leaves the bound to the context.
	RequestTimeout time.Duration
	// Retries is the number of attempts of a REST request after the first,
	// default 2; negative is none.
	Retries int
	// RewriteURL may change path and query of the address before each dial,
	// reconnections included. Scheme, host and port must stay.
	RewriteURL func(*url.URL) error
	// Logger gets records about connections, their ends, malformed frames, a receive
	// queue that stays full, and errors of the server that no handler of a [Mux] takes.
	// No record holds a payload or a secret. Those of a session carry "connection", a
	// number that the client counts, and "session", once the server has given the id.
	// Nil logs nothing.
	Logger *slog.Logger

	browserOnly
}

// Azure is a resource of Azure OpenAI, with its API of version 1: a session is
// dialed at <Endpoint>/openai/v1/realtime?model=<deployment>. A dated preview
// version has another path and an api-version: set Options.URL to its whole address.
type Azure struct {
	// Endpoint is the resource's address, such as
	// https://name.openai.azure.com; AZURE_OPENAI_ENDPOINT when empty.
	Endpoint string
	// Deployment is the model of a [Model] target without a name.
	Deployment string
}

// NoProxy is a Config.Proxy that uses no proxy, and ignores the environment.
func NoProxy(*http.Request) (*url.URL, error) { return nil, nil }

// Format prints the configuration without secrets: keys, header values and
// foreign query parameters are left out.
func (c Config) Format(f fmt.State, _ rune) {
	key := ""
	if c.APIKey != "" {
		key = text.Redacted
	}
	azure := "none"
	if c.Azure != nil {
		azure = c.Azure.String()
	}
	fmt.Fprintf(f, "realtime.Config{APIKey:%q, BaseURL:%q, Azure:%s, Organization:%q, Project:%q, Header:%q, UserAgent:%q}",
		key, address.RedactText(c.BaseURL), azure, c.Organization, c.Project, header.Names(c.Header), c.UserAgent)
}

// LogValue returns what Format prints.
func (c Config) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// MarshalJSON encodes what Format prints, as one string.
func (c Config) MarshalJSON() ([]byte, error) { return jsonText(fmt.Sprint(c)) }

// Format prints what String returns, for every verb.
func (a Azure) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

// LogValue returns what String does.
func (a Azure) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalJSON encodes what String returns.
func (a Azure) MarshalJSON() ([]byte, error) { return jsonText(a.String()) }

// String returns the address, without foreign query parameters, and the deployment.
func (a Azure) String() string {
	return fmt.Sprintf("{%s %s}", address.RedactText(a.Endpoint), a.Deployment)
}
