package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/voicelane/realtime-go/internal/text"
)

// Credential authenticates a client. Make one with [Key] or [Token]; the zero value
// is no credential. It prints, logs and encodes as REDACTED, for every verb and at
// any depth in another value.
type Credential struct {
	// A func, since printers that walk unexported fields do not call it.
	secret func() string
	token  bool
}

// Key returns the credential of an API key, or of a client secret ("ek_…").
// It travels as a bearer, and on Azure in the api-key header.
func Key(secret string) Credential {
	return newCredential(secret, false)
}

// Token returns the credential of an access token, such as one of Microsoft
// Entra ID. It always travels as a bearer.
func Token(secret string) Credential {
	return newCredential(secret, true)
}

func newCredential(secret string, token bool) Credential {
	secret = strings.TrimSpace(secret)
	if secret == "" {
		return Credential{}
	}
	return Credential{secret: func() string { return secret }, token: token}
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

// set puts the credential on a request's header.
func (c Credential) set(h http.Header, azure bool) error {
	if c.IsZero() {
		return &noCredentialError{azure: azure}
	}
	s := c.secret()
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return errors.New("realtime: the credential holds control characters")
	}
	if azure && !c.token {
		h.Set("Api-Key", s)
		return nil
	}
	h.Set("Authorization", "Bearer "+s)
	return nil
}

// ErrNoCredential is returned when no credential is configured: neither
// Config.APIKey nor the environment has a key, or Config.Credentials returned the
// zero [Credential]. The returned error names what to set; test it with [errors.Is].
var ErrNoCredential = errors.New("realtime: no credential")

// noCredentialError is an ErrNoCredential that names the environment variable.
type noCredentialError struct{ azure bool }

func (e *noCredentialError) Error() string {
	return ErrNoCredential.Error() + ": set " + keyVariable(e.azure) + ", Config.APIKey or Config.Credentials"
}

func (e *noCredentialError) Is(target error) bool { return target == ErrNoCredential }

// CredentialFunc returns the credential for one dial or REST attempt. It is called
// once for each connection, reconnections included, and for each attempt of a
// request, possibly from several goroutines.
type CredentialFunc func(context.Context) (Credential, error)

func staticCredential(c Credential) CredentialFunc {
	return func(context.Context) (Credential, error) { return c, nil }
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
