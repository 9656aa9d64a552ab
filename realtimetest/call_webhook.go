package realtimetest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/webhook"
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
		if err = webhook.Post(ctx, r.Client, r.URL, SignWebhook(r.Secret, id, clock.Now(), body), body); err == nil {
			return nil
		}
	}
	return fmt.Errorf("realtimetest: webhook: %w", err)
}

// SignWebhook returns the headers with which the service delivers a webhook.
func SignWebhook(secret, id string, at time.Time, body []byte) http.Header {
	return webhook.Sign(secret, id, at, body)
}
