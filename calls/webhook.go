package calls

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Errors with which a webhook is refused, one for each cause. Test for them with
// [errors.Is].
var (
	// ErrSecret is returned when a secret is not usable: it is empty, or it has the
	// prefix whsec_ but not the base64 of at least 24 bytes after it.
	ErrSecret = errors.New("calls: the webhook secret is empty, or is not whsec_ and base64 of 24 bytes or more")
	// ErrNoWebhookID, ErrNoTimestamp and ErrNoSignature are returned when that header
	// is missing.
	ErrNoWebhookID = errors.New("calls: the webhook has no webhook-id")
	ErrNoTimestamp = errors.New("calls: the webhook has no webhook-timestamp")
	ErrNoSignature = errors.New("calls: the webhook has no webhook-signature")
	// ErrRepeatedHeader is returned when the id or the timestamp header occurs twice:
	// two readers could then take the webhook for two different messages.
	ErrRepeatedHeader = errors.New("calls: the webhook repeats a header")
	// ErrTimestamp is returned when the timestamp is not a number of seconds.
	ErrTimestamp = errors.New("calls: the webhook's timestamp is malformed")
	// ErrTooOld and ErrTooNew are returned when the difference between the timestamp
	// and the local time exceeds the tolerance.
	ErrTooOld = errors.New("calls: the webhook is too old")
	ErrTooNew = errors.New("calls: the webhook's timestamp is in the future")
	// ErrSignatureFormat is returned when no signature has the supported form: "v1,"
	// and base64.
	ErrSignatureFormat = errors.New("calls: the webhook has no v1 signature")
	// ErrSignature is returned when no signature matches the message and a secret.
	ErrSignature = errors.New("calls: the webhook's signature does not match")
)

// DefaultTolerance is the default maximum difference between a webhook's timestamp and
// the local time, in both directions.
const DefaultTolerance = 5 * time.Minute

// WebhookConfig configures [NewWebhook]. Zero fields mean defaults.
type WebhookConfig struct {
	// Secrets are the endpoint's signing secrets: one, or two during a rotation. If
	// empty, the environment variable OPENAI_WEBHOOK_SECRET is used. A secret with the
	// prefix "whsec_" is the base64 of the key; any other text is the key itself.
	// White space around a secret, such as the line end of a file, is ignored.
	Secrets []string
	// Tolerance is the maximum difference between a webhook's timestamp and the local
	// time. Default [DefaultTolerance].
	Tolerance time.Duration
}

// Format prints the configuration without the secrets.
func (c WebhookConfig) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "calls.WebhookConfig{Secrets:%d, Tolerance:%s}", len(c.Secrets), c.Tolerance)
}

// LogValue returns what Format prints.
func (c WebhookConfig) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// MarshalJSON encodes what Format prints, as one string.
func (c WebhookConfig) MarshalJSON() ([]byte, error) {
	return json.Marshal(fmt.Sprint(c)) //nolint:wrapcheck // A string has no error.
}

// Webhook verifies requests to a webhook endpoint by the Standard Webhooks scheme. It
// is safe for concurrent use. Formatting it with package fmt does not print secrets. The
// zero value has no secret and refuses every webhook with [ErrSecret].
type Webhook struct {
	keys      func() [][]byte // A func, because package fmt does not print what a func returns.
	tolerance time.Duration
}

// NewWebhook returns a verifier for cfg, which may be nil. It returns [ErrSecret] if a
// secret is not usable.
func NewWebhook(cfg *WebhookConfig) (*Webhook, error) {
	var c WebhookConfig
	if cfg != nil {
		c = *cfg
	}
	if len(c.Secrets) == 0 {
		c.Secrets = []string{os.Getenv("OPENAI_WEBHOOK_SECRET")}
	}
	if c.Tolerance <= 0 {
		c.Tolerance = DefaultTolerance
	}
	var keys [][]byte
	for _, secret := range c.Secrets {
		key, err := webhookKey(secret)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return &Webhook{keys: func() [][]byte { return keys }, tolerance: c.Tolerance}, nil
}

// minKey is the scheme's minimum length of a generated key, in bytes.
const minKey = 24

func webhookKey(secret string) ([]byte, error) {
	secret = strings.TrimSpace(secret)
	encoded, generated := strings.CutPrefix(secret, "whsec_")
	if !generated {
		if secret == "" {
			return nil, ErrSecret
		}
		return []byte(secret), nil
	}
	key, err := strictBase64.DecodeString(encoded)
	// The decoder ignores line breaks, which a secret must not have.
	if err != nil || len(key) < minKey || strings.ContainsAny(encoded, "\r\n") {
		return nil, ErrSecret
	}
	return key, nil
}

var strictBase64 = base64.StdEncoding.Strict()

// Verify verifies one webhook with one secret at the current time. See
// [Webhook.Verify].
func Verify(secret string, header http.Header, body []byte) error {
	w, err := NewWebhook(&WebhookConfig{Secrets: []string{secret}})
	if err != nil {
		return err
	}
	return w.Verify(header, body)
}

// Verify verifies the signature and the timestamp of a webhook. The body must be the
// bytes as received. The case of the header's names does not matter, so that a plain map
// converted to [http.Header] works. Verify does not detect duplicates; a [Handler] does.
func (w *Webhook) Verify(header http.Header, body []byte) error {
	_, err := w.verify(header, body, time.Now())
	return err
}

// Parse verifies a webhook and decodes it. Events of unknown type are decoded as
// [*api.UnknownWebhookEvent].
func (w *Webhook) Parse(header http.Header, body []byte) (api.WebhookEvent, error) {
	if err := w.Verify(header, body); err != nil {
		return nil, err
	}
	return api.DecodeWebhookEvent(body) //nolint:wrapcheck // The error has its prefix already.
}

// verify checks the webhook and returns its id.
func (w *Webhook) verify(header http.Header, body []byte, now time.Time) (string, error) {
	if w == nil || w.keys == nil {
		return "", ErrSecret
	}
	id, err := single(header, "Webhook-Id", ErrNoWebhookID)
	if err != nil {
		return "", err
	}
	stamp, err := single(header, "Webhook-Timestamp", ErrNoTimestamp)
	if err != nil {
		return "", err
	}
	signatures := valuesOf(header, "Webhook-Signature")
	if strings.Join(signatures, "") == "" {
		return "", ErrNoSignature
	}
	if err := w.checkTime(stamp, now); err != nil {
		return "", err
	}
	return id, w.checkSignature(signatures, id, stamp, body)
}

func single(header http.Header, name string, missing error) (string, error) {
	values := valuesOf(header, name)
	switch {
	case len(values) == 0 || values[0] == "":
		return "", missing
	case len(values) > 1:
		return "", ErrRepeatedHeader
	}
	return values[0], nil
}

// valuesOf returns the values of a header in any case of its name: not every map of
// headers has canonical names.
func valuesOf(header http.Header, name string) []string {
	var values []string
	for key, list := range header {
		if strings.EqualFold(key, name) {
			values = append(values, list...)
		}
	}
	return values
}

func (w *Webhook) checkTime(stamp string, now time.Time) error {
	if strings.Trim(stamp, "0123456789") != "" {
		return ErrTimestamp
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return ErrTimestamp
	}
	// Compared in seconds, since a time.Duration cannot hold every difference.
	tolerance, at := int64(w.tolerance/time.Second), now.Unix()
	switch {
	case seconds < at-tolerance:
		return ErrTooOld
	case seconds > at+tolerance:
		return ErrTooNew
	}
	return nil
}

// checkSignature compares each signature in headers with the expected signature for
// each secret in constant time.
func (w *Webhook) checkSignature(headers []string, id, stamp string, body []byte) error {
	var expected [][]byte
	for _, key := range w.keys() {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + stamp + "."))
		mac.Write(body)
		expected = append(expected, mac.Sum(nil))
	}
	known, match := false, false
	for _, header := range headers {
		for candidate := range strings.FieldsSeq(header) {
			encoded, ok := strings.CutPrefix(candidate, "v1,")
			if !ok {
				continue
			}
			got, err := strictBase64.DecodeString(encoded)
			if err != nil {
				continue
			}
			known = true
			for _, want := range expected {
				match = hmac.Equal(got, want) || match
			}
		}
	}
	switch {
	case match:
		return nil
	case known:
		return ErrSignature
	default:
		return ErrSignatureFormat
	}
}
