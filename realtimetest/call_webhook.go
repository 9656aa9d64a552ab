package realtimetest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Ringing describes an incoming SIP call and the application's webhook.
type Ringing struct {
	// URL is the application's webhook. Secret signs its requests: "whsec_" and
	// base64, or any other text.
	URL, Secret string
	// Client posts the webhook. Nil is [http.DefaultClient].
	Client *http.Client
	// Deliveries is the maximum number of requests until one is answered with a
	// 2xx. The default is 3.
	Deliveries int
	// From and To become SIP headers of these names, in front of Headers.
	From, To string
	Headers  []api.SIPHeader
	// NotFound is the number of sideband connections that get 404 after the call is
	// accepted, as they do with the service for a moment.
	NotFound int
}

// headers returns the call's SIP headers.
func (r *Ringing) headers() []api.SIPHeader {
	var headers []api.SIPHeader
	for _, h := range [...]api.SIPHeader{{Name: "From", Value: r.From}, {Name: "To", Value: r.To}} {
		if h.Value != "" {
			headers = append(headers, h)
		}
	}
	return append(headers, r.Headers...)
}

// deliver posts the webhook until an answer is a 2xx. It returns the error of the
// last request.
func (r *Ringing) deliver(ctx context.Context, clock Clock, id string, body []byte) error {
	deliveries := r.Deliveries
	if deliveries <= 0 {
		deliveries = 3
	}
	var err error
	for range deliveries {
		if err = r.post(ctx, clock.Now(), id, body); err == nil {
			return nil
		}
	}
	return err
}

func (r *Ringing) post(ctx context.Context, at time.Time, id string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("realtimetest: %w", err)
	}
	req.Header = SignWebhook(r.Secret, id, at, body)
	req.Header.Set("Content-Type", "application/json")
	hc := r.Client
	if hc == nil {
		hc = http.DefaultClient
	}
	res, err := hc.Do(req)
	if err != nil {
		return fmt.Errorf("realtimetest: webhook: %w", err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("realtimetest: webhook: status %d", res.StatusCode)
	}
	return nil
}

// SignWebhook returns the headers with which the service delivers a webhook.
func SignWebhook(secret, id string, at time.Time, body []byte) http.Header {
	key := []byte(secret)
	if encoded, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if decoded, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			key = decoded
		}
	}
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", id, seconds, body) // A hash has no write errors.
	return http.Header{
		"Webhook-Id":        {id},
		"Webhook-Timestamp": {seconds},
		"Webhook-Signature": {"v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}
}
