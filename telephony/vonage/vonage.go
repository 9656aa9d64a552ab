package vonage

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/host"
	"github.com/voicelane/realtime-go/telephony/internal/line"
)

// Handler answers the webhooks of an application and takes its WebSockets, at one address.
type Handler struct {
	c    Config
	key  *rsa.PrivateKey
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
	h.host, err = host.New("vonage", c.Options)
	return h, err
}

// Shutdown refuses new calls, which ends them, and waits until those that run have ended.
// When ctx ends first, it ends them, and returns the error of ctx.
func (h *Handler) Shutdown(ctx context.Context) error { return h.host.Shutdown(ctx) }

// messageMost bounds a message.
const messageMost = 64 << 10

// ServeHTTP answers a webhook, or takes a WebSocket and returns at the end of its call.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := host.Body(w, r)
	if err != nil {
		h.host.Refuse(w, err)
		return
	}
	if !h.proven(r, body) {
		h.host.Refuse(w, telephony.ErrUnproven)
		return
	}
	if !host.Upgrades(r) {
		h.webhook(w, r, body)
		return
	}
	api := &rest{h.host, h.c.API, h.c.ApplicationID, h.key}
	o := &opener{&h.c, h.host.Tickets, api.control}
	h.host.Socket(w, r, messageMost, false, func(c line.Conn) (*host.Opening, error) { return host.Await(c, o.take) })
}

// proven reports whether a request has a token of the carrier that covers its body.
func (h *Handler) proven(r *http.Request, body []byte) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return false
	}
	c, ok := verify(token, h.c.SignatureSecret, time.Now())
	return ok && c.covers(body) && (h.c.ApplicationID == "" || c.Application == h.c.ApplicationID)
}

// webhook answers with the document that connects a call.
func (h *Handler) webhook(w http.ResponseWriter, r *http.Request, body []byte) {
	in, ok := incoming(r, body)
	if !ok {
		h.host.Refuse(w, host.BadRequest())
		return
	}
	given, err := h.host.Admit(r.Context(), in)
	var all map[string]string
	if err == nil {
		all, err = headers(given, in.CallID, in.From, in.To, h.host.Tickets.Issue(in.CallID, time.Now()))
	}
	if err != nil {
		h.host.Rejected(in, err)
		host.JSON(w, []action{}) // The call ends.
		return
	}
	host.JSON(w, connect(h.wss.String(), h.c.SampleRate, all))
}

// incoming reads a webhook: the query of a GET, the JSON of a POST.
func incoming(r *http.Request, body []byte) (*telephony.Incoming, bool) {
	form := r.URL.Query()
	if r.Method == http.MethodPost {
		var members map[string]any
		if json.Unmarshal(body, &members) != nil {
			return nil, false
		}
		for name, value := range members {
			if text, ok := value.(string); ok {
				form.Set(name, text)
			}
		}
	}
	in := &telephony.Incoming{Carrier: "vonage", CallID: form.Get("uuid"), From: form.Get("from"), To: form.Get("to"), Form: form}
	return in, in.CallID != ""
}
