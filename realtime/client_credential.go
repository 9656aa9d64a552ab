package realtime

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/voicelane/realtime-go/internal/address"
	"github.com/voicelane/realtime-go/internal/header"
	"github.com/voicelane/realtime-go/internal/text"
)

// Credential authenticates a client. Make one with [Key], [Token], [Basic], [HeaderKey]
// or [QueryKey]; the zero value is no credential. It prints, logs and encodes as REDACTED,
// for every verb and at any depth in another value, and no error repeats it when a
// server does.
type Credential struct {
	// A func, since printers that walk unexported fields do not call it.
	secret func() string
	as     credentialKind
	name   string // of the header of a headerKey, or the query parameter of a queryKey
}

// credentialKind is how a credential travels.
type credentialKind int

const (
	apiKey      credentialKind = iota // as a bearer, or in Azure's own header
	bearerToken                       // as a bearer
	basic                             // encoded, in the Basic scheme
	headerKey                         // in a header that it names
	queryKey                          // in the query of the address
	noKey                             // not at all, on purpose
)

// Key returns the credential of an API key, or of a client secret ("ek_…").
// It travels as a bearer, and on Azure in the api-key header.
func Key(secret string) Credential {
	return newCredential(strings.TrimSpace(secret), apiKey)
}

// Token returns the credential of an access token, such as one of Microsoft
// Entra ID. It always travels as a bearer.
func Token(secret string) Credential {
	return newCredential(strings.TrimSpace(secret), bearerToken)
}

// Basic returns the credential of a user with a password, or of a key that a service
// issues in two parts. It travels in the Basic scheme of HTTP. The user's name must
// hold no colon.
func Basic(user, password string) Credential {
	if user == "" && password == "" {
		return Credential{}
	}
	c := newCredential(base64.StdEncoding.EncodeToString([]byte(user+":"+password)), basic)
	if strings.Contains(user, ":") {
		c.name = user // It is refused when it is used.
	}
	return c
}

// BasicEncoded is [Basic] for a credential that is issued in the form in which it
// travels: the base64 of name and password.
func BasicEncoded(secret string) Credential {
	return newCredential(strings.TrimSpace(secret), basic)
}

// HeaderKey returns the credential of a server that takes it in another header than
// [Key] does, or in another scheme: HeaderKey("X-Auth-Token", secret), or
// HeaderKey("Authorization", "Token "+secret). It takes the place of a header of that
// name in Config.Header. Headers of the handshake, such as Upgrade, cannot carry it, and a
// browser's handshake has none.
func HeaderKey(header, value string) Credential {
	c := newCredential(strings.TrimSpace(value), headerKey)
	c.name = header
	return c
}

// QueryKey returns the credential of a server that takes its key in a parameter of the
// query. Logs of servers and proxies on the way often keep addresses, so that any
// other kind is better. The parameter must not be one that chooses the target, such as
// model.
func QueryKey(parameter, secret string) Credential {
	c := newCredential(strings.TrimSpace(secret), queryKey)
	c.name = parameter
	return c
}

// NoCredential is a Config.Credentials that sends no credential, to any host, and ignores
// OPENAI_API_KEY: for servers that need none, and for those that take a client
// certificate, the signature of a Config.Handshake or a cookie instead.
func NoCredential(context.Context) (Credential, error) { return Credential{as: noKey}, nil }

// Static returns a func for Config.Credentials that always returns c.
func Static(c Credential) CredentialFunc {
	return func(context.Context) (Credential, error) { return c, nil }
}

func newCredential(secret string, as credentialKind) Credential {
	if secret == "" {
		return Credential{}
	}
	return Credential{secret: func() string { return secret }, as: as}
}

// Equal reports whether two credentials are the same.
func (c Credential) Equal(other Credential) bool {
	if c.IsZero() || other.IsZero() {
		return c.IsZero() == other.IsZero() && c.as == other.as
	}
	same := subtle.ConstantTimeCompare([]byte(c.secret()), []byte(other.secret())) == 1
	return same && c.as == other.as && c.name == other.name
}

// IsZero reports whether c holds no secret.
func (c Credential) IsZero() bool { return c.secret == nil }

// String returns REDACTED.
func (Credential) String() string { return text.Redacted }

// GoString returns REDACTED.
func (Credential) GoString() string { return text.Redacted }

// Format writes REDACTED for every verb.
func (Credential) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, text.Redacted) }

// LogValue returns REDACTED.
func (Credential) LogValue() slog.Value { return slog.StringValue(text.Redacted) }

// MarshalJSON returns "REDACTED".
func (Credential) MarshalJSON() ([]byte, error) { return json.Marshal(text.Redacted) }

// MarshalText returns REDACTED.
func (Credential) MarshalText() ([]byte, error) { return []byte(text.Redacted), nil }

// set puts the credential on a request with that header and address.
func (c Credential) set(h http.Header, u *url.URL, azure bool) error {
	switch {
	case c.as == noKey:
		return nil
	case c.IsZero():
		return &noCredentialError{azure: azure}
	}
	s := c.secret()
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return errors.New("realtime: the credential holds control characters")
	}
	switch c.as {
	case apiKey, bearerToken:
		if azure && c.as == apiKey {
			h.Set("Api-Key", s)
			return nil
		}
		h.Set("Authorization", "Bearer "+s)
	case basic:
		if c.name != "" {
			return errors.New("realtime: the user's name of a basic credential holds a colon")
		}
		h.Set("Authorization", "Basic "+s)
	case headerKey:
		return header.SetKey(h, c.name, s)
	case queryKey:
		return address.SetKey(u, c.name, s)
	default:
	}
	return nil
}

// secrets returns what no text may repeat: the secret as it is and as it travels.
func (c Credential) secrets() []text.Secret {
	if c.IsZero() {
		return nil
	}
	list := []text.Secret{{Text: c.secret(), Key: true}}
	switch c.as {
	case basic:
		plain, _ := base64.StdEncoding.DecodeString(c.secret())
		if _, password, ok := strings.Cut(string(plain), ":"); ok {
			list = append(list, text.Secret{Text: password, Key: true})
		}
	case headerKey:
		if _, key, ok := strings.Cut(c.secret(), " "); ok { // Behind the name of a scheme.
			list = append(list, text.Secret{Text: key, Key: true})
		}
	default:
	}
	return list
}

// ErrNoCredential is returned when no credential is configured: neither
// Config.APIKey nor the environment has a key, or Config.Credentials returned the
// zero [Credential]. Loopback hosts and those of Config.PlainHosts need no key: without a
// key and without Config.Credentials they are sent none. [NoCredential] sends none on
// purpose. The returned error names what to set; test it with [errors.Is].
var ErrNoCredential = errors.New("realtime: no credential")

// noCredentialError is an ErrNoCredential that names the environment variable.
type noCredentialError struct{ azure bool }

func (e *noCredentialError) Error() string {
	return ErrNoCredential.Error() + ": set " + keyVariable(e.azure) + ", Config.APIKey or Config.Credentials"
}

func (e *noCredentialError) Is(target error) bool { return target == ErrNoCredential }

// CredentialFunc returns the credential for one dial or REST attempt. It is called
// once for each connection, reconnections included, and for each attempt of a
// request, possibly from several goroutines. When the server has refused a credential,
// it is called once more: see [RefusedCredential].
type CredentialFunc func(context.Context) (Credential, error)

type refusedKey struct{}

// RefusedCredential returns the credential that the server has just refused, with a
// context that a [CredentialFunc] was called with. A func that keeps a credential should
// forget that one and return another: the dial or the request is then made once more. If
// it returns the same again, the refusal stands.
func RefusedCredential(ctx context.Context) (c Credential, refused bool) {
	c, refused = ctx.Value(refusedKey{}).(Credential)
	return c, refused
}

// fresh asks for a credential in place of a refused one. It reports whether there is
// another.
func (s *settings) fresh(ctx context.Context, refused Credential) (Credential, bool) {
	if refused.IsZero() {
		return refused, false
	}
	c, err := s.credentials(context.WithValue(ctx, refusedKey{}, refused))
	return c, err == nil && !c.IsZero() && !c.Equal(refused)
}

func keyVariable(azure bool) string {
	if azure {
		return "AZURE_OPENAI_API_KEY"
	}
	return "OPENAI_API_KEY"
}

// CredentialError is returned when Config.Credentials fails. It unwraps to the
// error of the func.
type CredentialError struct{ Err error }

func (e *CredentialError) Error() string { return "realtime: credential: " + text.Unprefixed(e.Err) }

// Unwrap returns the error of Config.Credentials.
func (e *CredentialError) Unwrap() error { return e.Err }
