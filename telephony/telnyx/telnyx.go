package telnyx

import (
	"context"
	"crypto/ed25519"
	"net/http"
	"net/url"
	"time"

	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/host"
	"github.com/voicelane/realtime-go/telephony/internal/line"
)

// Handler answers the webhooks of a number and takes its media streams, at one address.
type Handler struct {
	c    Config
	key  ed25519.PublicKey
	wss  *url.URL
	host *host.Host
}

// New returns a handler. The error is about the configuration.
func New(c *Config) (*Handler, error) {
	if c == nil {
		c = &Config{}
	}
	h := &Handler{}
	var err error
	if h.c, h.key, err = c.resolved(); err != nil {
		return nil, err
	}
	if _, h.wss, err = host.Addresses(c.URL); err != nil {
		return nil, err
	}
	h.host, err = host.New("telnyx", c.Options)
	return h, err
}

// Shutdown refuses new calls, as busy, and waits until those that run have ended. When ctx
// ends first, it ends them, and returns the error of ctx.
func (h *Handler) Shutdown(ctx context.Context) error { return h.host.Shutdown(ctx) }

// messageMost bounds a message: the carrier may send long pieces.
const messageMost = 1 << 20

// ServeHTTP answers a webhook, or takes a stream and returns at the end of its call.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !host.Upgrades(r) {
		h.webhook(w, r)
		return
	}
	in := h.host.Stream(r)
	if in == nil {
		h.host.Refuse(w, telephony.ErrUnproven)
		return
	}
	api := &rest{h.host, h.c.API, h.c.APIKey}
	o := &opener{&h.c, in, api.control}
	h.host.Socket(w, r, messageMost, false, func(c line.Conn) (*host.Opening, error) { return host.Await(c, o.take) })
}

// webhook answers with the document that starts a stream.
func (h *Handler) webhook(w http.ResponseWriter, r *http.Request) {
	body, err := host.Body(w, r)
	if err != nil {
		h.host.Refuse(w, err)
		return
	}
	if !signed(r.Header, body, h.key, time.Now()) {
		h.host.Refuse(w, telephony.ErrUnproven)
		return
	}
	if _, err := host.Form(w, r); err != nil {
		h.host.Refuse(w, err)
		return
	}
	in := &telephony.Incoming{Carrier: "telnyx", CallID: r.Form.Get("CallSid"), From: r.Form.Get("From"), To: r.Form.Get("To"), Form: r.Form}
	given, err := h.host.Admit(r.Context(), in)
	if err != nil {
		h.host.Rejected(in, err)
		host.XML(w, &response{Reject: &reject{Reason: "busy"}})
		return
	}
	host.XML(w, h.c.answer(h.host.StreamURL(h.wss, in), given))
}
