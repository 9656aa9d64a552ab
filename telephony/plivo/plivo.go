package plivo

import (
	"context"
	"net/http"
	"net/url"

	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/host"
	"github.com/voicelane/realtime-go/telephony/internal/line"
)

// Handler answers the webhooks of a number and takes its audio streams, at one address.
type Handler struct {
	c    Config
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
	if h.c, err = c.resolved(); err != nil {
		return nil, err
	}
	if _, h.wss, err = host.Addresses(c.URL); err != nil {
		return nil, err
	}
	h.host, err = host.New("plivo", c.Options)
	return h, err
}

// Shutdown refuses new calls, as busy, and waits until those that run have ended. When ctx
// ends first, it ends them, and returns the error of ctx.
func (h *Handler) Shutdown(ctx context.Context) error { return h.host.Shutdown(ctx) }

// messageMost bounds a message.
const messageMost = 64 << 10

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
	api := &rest{h.host, h.c.API, h.c.AuthID, h.c.AuthToken, h.c.URL}
	o := &opener{&h.c, in, api.control}
	// The carrier may offer a subprotocol, and fail unless it is selected.
	h.host.Socket(w, r, messageMost, true, func(c line.Conn) (*host.Opening, error) { return host.Await(c, o.take) })
}

// webhook answers with the document that starts a stream, or one that dials.
func (h *Handler) webhook(w http.ResponseWriter, r *http.Request) {
	form, err := host.Form(w, r)
	if err != nil {
		h.host.Refuse(w, err)
		return
	}
	if !signed(r, h.c.AuthToken, h.c.URL, form) {
		h.host.Refuse(w, telephony.ErrUnproven)
		return
	}
	if to := r.URL.Query().Get(dialMember); to != "" {
		host.XML(w, &response{Number: &to})
		return
	}
	in := &telephony.Incoming{Carrier: "plivo", CallID: r.Form.Get("CallUUID"), From: r.Form.Get("From"), To: r.Form.Get("To"), Form: r.Form}
	given, err := h.host.Admit(r.Context(), in)
	text := ""
	if err == nil {
		text, err = headers(given)
	}
	if err != nil {
		h.host.Rejected(in, err)
		host.XML(w, &response{Hangup: &hangup{Reason: "busy"}})
		return
	}
	host.XML(w, start(h.c.Format, h.host.StreamURL(h.wss, in), text))
}
