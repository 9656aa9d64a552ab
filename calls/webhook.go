package calls

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Why a webhook is refused. Each failure has its own error; test them with
// [errors.Is].
var (
	// ErrSecret says that a secret cannot be used: it is empty, or has the
	// prefix whsec_ without the base64 of 24 bytes or more after it.
	ErrSecret = errors.New("calls: the webhook secret is not valid")
	// ErrNoWebhookID, ErrNoTimestamp and ErrNoSignature name the header that
	// is missing.
	ErrNoWebhookID = errors.New("calls: the webhook has no webhook-id")
	ErrNoTimestamp = errors.New("calls: the webhook has no webhook-timestamp")
	ErrNoSignature = errors.New("calls: the webhook has no webhook-signature")
	// ErrRepeatedHeader says that the id or the timestamp came twice, so that
	// two readers could see two different messages.
	ErrRepeatedHeader = errors.New("calls: the webhook repeats a header")
	// ErrTimestamp says that the timestamp is not a number of seconds.
	ErrTimestamp = errors.New("calls: the webhook's timestamp is malformed")
	// ErrTooOld and ErrTooNew say that the timestamp is further from now than
	// the tolerance allows.
	ErrTooOld = errors.New("calls: the webhook is too old")
	ErrTooNew = errors.New("calls: the webhook is from the future")
	// ErrSignatureFormat says that no signature is of a kind that is known:
	// "v1," and base64.
	ErrSignatureFormat = errors.New("calls: the webhook has no v1 signature")
	// ErrSignature says that no signature belongs to the message.
	ErrSignature = errors.New("calls: the webhook's signature does not match")
)

// DefaultTolerance is how far a webhook's time may be from ours, both ways.
const DefaultTolerance = 5 * time.Minute

// WebhookConfig tells [NewWebhook] whom to trust. Nil and zero are the defaults.
type WebhookConfig struct {
	// Secrets are those of the endpoint: one, or two while it is being
	// changed. OPENAI_WEBHOOK_SECRET when empty. "whsec_" and base64 stands
	// for bytes, and any other text for itself.
	Secrets []string
	// Tolerance is [DefaultTolerance] when zero.
	Tolerance time.Duration
}

// Webhook verifies what is posted to a webhook endpoint, by the scheme of
// Standard Webhooks. It is safe for concurrent use, and prints without secrets.
type Webhook struct {
	keys      func() [][]byte // A func, since printers stop at one.
	tolerance time.Duration
}

// NewWebhook returns a verifier for cfg, which may be nil.
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

// minKey is the least that the scheme takes for a generated secret.
const minKey = 24

func webhookKey(secret string) ([]byte, error) {
	encoded, generated := strings.CutPrefix(secret, "whsec_")
	if !generated {
		if secret == "" {
			return nil, ErrSecret
		}
		return []byte(secret), nil
	}
	key, err := strictBase64.DecodeString(encoded)
	// The decoder skips line ends, which no secret has.
	if err != nil || len(key) < minKey || strings.ContainsAny(encoded, "\r\n") {
		return nil, ErrSecret
	}
	return key, nil
}

var strictBase64 = base64.StdEncoding.Strict()

// Verify checks one webhook with one secret: its headers, its raw body, and the
// time of now.
func Verify(secret string, header http.Header, body []byte) error {
	w, err := NewWebhook(&WebhookConfig{Secrets: []string{secret}})
	if err != nil {
		return err
	}
	return w.Verify(header, body)
}

// Verify checks a webhook. The body must be the bytes that arrived. It tells
// nothing of duplicates: a [Handler] does.
func (w *Webhook) Verify(header http.Header, body []byte) error {
	_, err := w.verify(header, body, time.Now())
	return err
}

// Parse verifies a webhook and decodes it. Events of an unknown type come as
// [*api.UnknownWebhookEvent].
func (w *Webhook) Parse(header http.Header, body []byte) (api.WebhookEvent, error) {
	if err := w.Verify(header, body); err != nil {
		return nil, err
	}
	return api.DecodeWebhookEvent(body) //nolint:wrapcheck // It names itself.
}

// verify returns the webhook's id.
func (w *Webhook) verify(header http.Header, body []byte, now time.Time) (string, error) {
	id, err := single(header, "Webhook-Id", ErrNoWebhookID)
	if err != nil {
		return "", err
	}
	stamp, err := single(header, "Webhook-Timestamp", ErrNoTimestamp)
	if err != nil {
		return "", err
	}
	signatures := header.Values("Webhook-Signature")
	if strings.Join(signatures, "") == "" {
		return "", ErrNoSignature
	}
	if err := w.checkTime(stamp, now); err != nil {
		return "", err
	}
	return id, w.checkSignature(signatures, id, stamp, body)
}

func single(header http.Header, name string, missing error) (string, error) {
	values := header.Values(name)
	switch {
	case len(values) == 0 || values[0] == "":
		return "", missing
	case len(values) > 1:
		return "", ErrRepeatedHeader
	}
	return values[0], nil
}

func (w *Webhook) checkTime(stamp string, now time.Time) error {
	if strings.Trim(stamp, "0123456789") != "" {
		return ErrTimestamp
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return ErrTimestamp
	}
	// Compared as seconds: a duration cannot hold every difference.
	tolerance, at := int64(w.tolerance/time.Second), now.Unix()
	switch {
	case seconds < at-tolerance:
		return ErrTooOld
	case seconds > at+tolerance:
		return ErrTooNew
	}
	return nil
}

// checkSignature compares every candidate with the signature of every secret,
// each in constant time.
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
