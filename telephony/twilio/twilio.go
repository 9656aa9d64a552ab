package twilio

import (
	"context"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/host"
	"github.com/voicelane/realtime-go/telephony/internal/line"
)

// Handler answers the webhooks of a number and takes its media streams, at one address.
type Handler struct {
	c    Config
	url  *url.URL // of the webhook
	wss  *url.URL // of the stream
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
	if h.url, h.wss, err = host.Addresses(c.URL); err != nil {
		return nil, err
	}
	h.host, err = host.New(c.Dialect.String(), c.Options)
	return h, err
}

// Shutdown refuses new calls, as busy, and waits until those that run have ended. When ctx
// ends first, it ends them, and returns the error of ctx.
func (h *Handler) Shutdown(ctx context.Context) error { return h.host.Shutdown(ctx) }

// The bounds of a message. Exotel's are larger.
const (
	messageMost = 64 << 10
	exotelMost  = 1 << 20
)

// ServeHTTP answers a webhook, or takes a stream and returns at the end of its call.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !host.Upgrades(r):
		h.webhook(w, r)
	case !h.provesStream(r):
		h.host.Refuse(w, telephony.ErrUnproven)
	default:
		h.stream(w, r)
	}
}

// stream runs the call of a stream.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request) {
	most, take := messageMost, (&exotelOpener{h.c.SampleRate}).take
	if h.c.Dialect == Exotel {
		most = exotelMost
	} else {
		api := &rest{h.host, h.c.API, h.c.AccountSID, h.c.AuthToken}
		take = (&opener{h.c.Dialect, h.host.Tickets, api.control}).take
	}
	h.host.Socket(w, r, most, false, func(c line.Conn) (*host.Opening, error) { return host.Await(c, take) })
}

// provesStream reports whether the handshake of a stream is the carrier's.
func (h *Handler) provesStream(r *http.Request) bool {
	switch h.c.Dialect {
	case Exotel:
		return h.provesPassword(r) || h.host.Tickets.Check(r.URL.Query().Get("token"), streamSubject, time.Now())
	case SignalWire:
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		return ok && h.host.Tickets.Check(token, streamSubject, time.Now())
	default:
		return r.URL.RawQuery == "" && signed(r, h.c.AuthToken, nil, addresses(h.wss, "443", "80")...)
	}
}

// streamSubject is the subject of the tokens in handshakes of SignalWire and Exotel. With
// SignalWire, the token of the call follows in the start.
const streamSubject = "stream"

func (h *Handler) provesPassword(r *http.Request) bool {
	user, password, _ := r.BasicAuth()
	same := subtle.ConstantTimeCompare([]byte(user), []byte(h.c.User)) & subtle.ConstantTimeCompare([]byte(password), []byte(h.c.Password))
	return same == 1
}

// webhook answers with the document that starts a stream.
func (h *Handler) webhook(w http.ResponseWriter, r *http.Request) {
	in, err := h.incoming(w, r)
	if err != nil {
		h.host.Refuse(w, err)
		return
	}
	given, err := h.host.Admit(r.Context(), in)
	if h.c.Dialect == Exotel {
		h.exotelAnswer(w, in, err)
		return
	}
	var own []parameter
	if err == nil {
		token := h.host.Tickets.Issue(in.CallID, time.Now())
		own, err = parameters(given, parameter{tokenParameter, token}, parameter{fromParameter, in.From}, parameter{toParameter, in.To})
	}
	if err != nil {
		h.host.Rejected(in, err)
		host.XML(w, &response{Reject: &reject{Reason: "busy"}})
		return
	}
	s := &stream{URL: h.wss.String(), Parameters: own}
	if h.c.Dialect == SignalWire {
		s.Codec, s.Bearer = h.c.Codec, h.host.Tickets.Issue(streamSubject, time.Now())
	}
	host.XML(w, &response{Stream: s})
}

// incoming checks a webhook and returns its call.
func (h *Handler) incoming(w http.ResponseWriter, r *http.Request) (*telephony.Incoming, error) {
	post, err := host.Form(w, r)
	if err != nil {
		return nil, err
	}
	proven := h.c.Dialect == Exotel && h.provesPassword(r)
	if h.c.Dialect != Exotel {
		proven = h.provesWebhook(r, post)
	}
	if !proven {
		return nil, telephony.ErrUnproven
	}
	return &telephony.Incoming{
		Carrier: h.c.Dialect.String(), CallID: r.Form.Get("CallSid"), From: r.Form.Get("From"), To: r.Form.Get("To"), Form: r.Form,
	}, nil
}

// provesWebhook reports whether a webhook has the signature of the account.
func (h *Handler) provesWebhook(r *http.Request, post url.Values) bool {
	u := *h.url
	u.RawQuery = r.URL.RawQuery
	if h.c.Password != "" && !h.provesPassword(r) {
		return false
	}
	return signed(r, h.c.AuthToken, post, addresses(&u, "443")...)
}

// exotelAnswer answers a request for the address of the stream.
func (h *Handler) exotelAnswer(w http.ResponseWriter, in *telephony.Incoming, err error) {
	if err != nil {
		h.host.Rejected(in, err)
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	u := *h.wss
	token := h.host.Tickets.Issue(streamSubject, time.Now())
	u.RawQuery = url.Values{"sample-rate": {strconv.Itoa(h.c.SampleRate)}, "token": {token}}.Encode()
	host.JSON(w, map[string]string{"url": u.String()})
}
