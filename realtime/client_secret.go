package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/rest"
	"github.com/voicelane/realtime-go/internal/text"
)

// ClientSecret is a short-lived key for a device that must not hold the real one. It
// starts any number of sessions until it expires, and running sessions outlive it. It
// prints and encodes without its value, which [ClientSecret.Value] returns.
type ClientSecret struct {
	// Session is the configuration of sessions that are started with the secret: a
	// [*api.RealtimeSession] or [*api.TranscriptionSession].
	Session api.Session

	grant
}

// TranslationClientSecret is a [ClientSecret] for translation sessions.
type TranslationClientSecret struct {
	// Session is the configuration of sessions that are started with the secret.
	Session api.TranslationSession

	grant
}

// grant is what both kinds of secret have in common.
type grant struct {
	key     Credential
	expires time.Time
}

// Credential returns the secret for Config.Credentials. Its value also fits
// Config.APIKey.
func (g grant) Credential() Credential { return g.key }

// Value returns the secret itself, "ek_…". Do not log it.
func (g grant) Value() string {
	if g.key.IsZero() {
		return ""
	}
	return g.key.secret()
}

// Expires returns the time after which the secret starts no sessions.
func (g grant) Expires() time.Time { return g.expires }

// String returns the expiry alone.
func (g grant) String() string {
	return "realtime.ClientSecret(" + text.Redacted + ", expires " + g.expires.UTC().Format(time.RFC3339) + ")"
}

// Format writes the expiry alone, for every verb.
func (g grant) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, g.String()) }

// LogValue returns what String does.
func (g grant) LogValue() slog.Value { return slog.StringValue(g.String()) }

// MarshalJSON encodes what String returns.
func (g grant) MarshalJSON() ([]byte, error) { return jsonText(g.String()) }

// CreateClientSecret requests a client secret; package clientsecret gives them to pages.
// Request and options may be nil. Without ExpiresAfter the secret is valid for 600
// seconds; 10 to 7,200 are allowed. Bounds are checked before anything is sent. A request
// that may have been carried out is repeated: an unused secret expires by itself.
func (c *Client) CreateClientSecret(ctx context.Context, r *api.ClientSecretRequest, o *RequestOptions) (*ClientSecret, error) {
	if r == nil {
		r = &api.ClientSecretRequest{}
	}
	var answer api.ClientSecret
	if err := c.createSecret(ctx, "realtime/client_secrets", r, &answer, o); err != nil {
		return nil, err
	}
	return &ClientSecret{Session: answer.Session, grant: newGrant(answer.Value, answer.ExpiresAt)}, nil
}

// CreateTranslationClientSecret requests a client secret that starts translation
// sessions. The request must name a model. Otherwise it is as
// [Client.CreateClientSecret].
func (c *Client) CreateTranslationClientSecret(ctx context.Context, r *api.TranslationClientSecretRequest, o *RequestOptions) (*TranslationClientSecret, error) {
	switch {
	case c.set.azure != nil:
		return nil, errors.New("realtime: Azure offers no translation sessions")
	case r == nil || r.Session.Model == "":
		return nil, errors.New("realtime: the translation session names no model")
	}
	var answer api.TranslationClientSecret
	if err := c.createSecret(ctx, "realtime/translations/client_secrets", r, &answer, o); err != nil {
		return nil, err
	}
	return &TranslationClientSecret{Session: answer.Session, grant: newGrant(answer.Value, answer.ExpiresAt)}, nil
}

func newGrant(value string, expires int64) grant {
	return grant{key: Key(value), expires: time.Unix(expires, 0)}
}

type secretRequest interface {
	Validate() error
	AppendJSON(dst []byte) ([]byte, error)
}

// createSecret posts a request and decodes an answer that must hold a value.
func (c *Client) createSecret(ctx context.Context, path string, r secretRequest, answer json.Unmarshaler, o *RequestOptions) error {
	if err := r.Validate(); err != nil {
		return fmt.Errorf("realtime: client secret: %w", err)
	}
	body, err := r.AppendJSON(nil)
	if err != nil {
		return fmt.Errorf("realtime: client secret: %w", err)
	}
	ctx = rest.MayRepeat(WithRequestOptions(ctx, o))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.API().Server+path, strings.NewReader(string(body)))
	if err != nil {
		return fmt.Errorf("realtime: client secret: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := c.do(req)
	if err != nil {
		return err
	}
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind != "application/json" {
		return unexpected(res, "its content type is "+text.Short(kind, nil)+", not JSON")
	}
	if answer.UnmarshalJSON(res.Body) != nil {
		return unexpected(res, "its JSON is broken")
	}
	if holdsNoSecret(answer) {
		return unexpected(res, "it holds no secret")
	}
	return nil
}

func holdsNoSecret(answer json.Unmarshaler) bool {
	switch a := answer.(type) {
	case *api.ClientSecret:
		return a.Value == ""
	case *api.TranslationClientSecret:
		return a.Value == ""
	default:
		return false
	}
}
