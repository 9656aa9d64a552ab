package twilio

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/host"
)

// Config is the configuration of a [Handler].
type Config struct {
	telephony.Options

	// URL is the address at which the carrier reaches the handler, such as
	// https://voice.example.com/twilio, without a query. Signatures are made over it, so that
	// it is never taken from a request. Required.
	URL string
	// Dialect is the carrier; default Twilio.
	Dialect Dialect
	// AuthToken is the token of the account, with which Twilio and SignalWire sign. Required,
	// but for Exotel.
	AuthToken string
	// AccountSID, if not empty, lets a line end and transfer its call by the REST API, to
	// which AuthToken is the password.
	AccountSID string
	// API is the base address of the REST API; default https://api.twilio.com. SignalWire's
	// is that of the space, with /api/laml.
	API string
	// User and Password, if not empty, are those that the carrier's address has, such as
	// https://user:password@voice.example.com/exotel. Required for Exotel.
	User, Password string
	// Codec is that of SignalWire's streams: PCMU@8000h (the default), L16@16000h or
	// L16@24000h.
	Codec string
	// SampleRate is that of Exotel's streams if their start does not tell: 8000 (the
	// default), 16000 or 24000.
	SampleRate int
}

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
	h := &Handler{c: *c}
	var err error
	if h.url, h.wss, err = host.Addresses(c.URL); err != nil {
		return nil, err
	}
	switch {
	case c.Dialect < Twilio || c.Dialect > Exotel:
		return nil, errors.New("telephony: Config.Dialect is unknown")
	case c.Dialect != Exotel && c.AuthToken == "":
		return nil, errors.New("telephony: Config.AuthToken is empty: without it a request cannot prove to be the carrier's")
	case c.Dialect == Exotel && c.Password == "":
		return nil, errors.New("telephony: Config.Password is empty: Exotel proves itself by the user and password of the address")
	}
	h.c.API = strings.TrimRight(c.API, "/")
	if h.c.API == "" {
		h.c.API = "https://api.twilio.com"
	}
	if h.c.SampleRate == 0 {
		h.c.SampleRate = 8000
	}
	if _, ok := exotelFrames[audio.PCM(h.c.SampleRate)]; !ok {
		return nil, errors.New("telephony: Config.SampleRate is not 8000, 16000 or 24000")
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
	case h.c.Dialect == Exotel:
		h.host.Socket(w, r, exotelMost, false, h.openExotel)
	default:
		h.host.Socket(w, r, messageMost, false, h.open)
	}
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

// streamSubject is what the tokens are bound to that streams of SignalWire and Exotel bring
// with their handshake. With SignalWire, the token of
// the call follows with the start.
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
		(&response{Reject: &reject{Reason: "busy"}}).write(w)
		return
	}
	s := &stream{URL: h.wss.String(), Parameters: own}
	if h.c.Dialect == SignalWire {
		s.Codec, s.Bearer = h.c.Codec, h.host.Tickets.Issue(streamSubject, time.Now())
	}
	(&response{Stream: s}).write(w)
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
