package realtimetest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Ringing describes an incoming SIP call and the application that is told of it.
type Ringing struct {
	// URL is the application's webhook, and Secret what it knows the sender
	// by: "whsec_" and base64, or any other text.
	URL, Secret string
	// Client posts the webhook. Nil is [http.DefaultClient].
	Client *http.Client
	// Deliveries is how often the webhook is posted at most, until the answer
	// is a 2xx. The default is 3.
	Deliveries int
	// From and To become SIP headers of these names, in front of Headers.
	From, To string
	Headers  []api.SIPHeader
	// NotFound is how many sideband connections are answered with 404 after
	// the call was accepted, as the service does for a moment.
	NotFound int
}

// PhoneCall is the caller's end of a call. What the caller says reaches the
// session of the sideband that is attached to the call first; without one
// nobody listens. All methods may be called from any goroutine.
type PhoneCall struct {
	server *Server
	id     string
	webRTC bool

	mu       sync.Mutex
	config   *api.RealtimeSessionConfig // Not nil once accepted.
	refuse   int                        // Sidebands that get 404 yet.
	conn     *Conn
	end      End
	heard    []byte
	accepted chan struct{}
	attached chan struct{}
	ended    chan struct{}
}

// Ends of a call.
const (
	EndCaller   = "caller"   // The caller has hung up.
	EndHangup   = "hangup"   // The application has hung up.
	EndRejected = "rejected" // The application did not take the call.
	EndReferred = "referred" // The application has transferred the call.
	EndServer   = "server"   // The server was closed, or the webhook not delivered.
)

// End tells how a call ended.
type End struct {
	// By is one of the Ends.
	By string
	// Code is the SIP status of a rejection, and Target where a transferred
	// call went.
	Code   int
	Target string
}

func newPhoneCall(s *Server, id string, webRTC bool) *PhoneCall {
	return &PhoneCall{
		server: s, id: id, webRTC: webRTC,
		accepted: make(chan struct{}), attached: make(chan struct{}), ended: make(chan struct{}),
	}
}

// Ring places an incoming call: it posts the signed webhook and returns once
// that was answered with a 2xx. The error tells of the last delivery.
func (s *Server) Ring(ctx context.Context, r *Ringing) (*PhoneCall, error) {
	c := newPhoneCall(s, s.rest.newID("rtc"), false)
	c.refuse = r.NotFound
	s.addCall(c)
	var headers []api.SIPHeader
	for _, h := range [...]api.SIPHeader{{Name: "From", Value: r.From}, {Name: "To", Value: r.To}} {
		if h.Value != "" {
			headers = append(headers, h)
		}
	}
	body, err := json.Marshal(api.RealtimeCallIncoming{
		ID: s.rest.newID("evt"), CreatedAt: s.cfg.Clock.Now().Unix(), Object: new("event"),
		Data: api.IncomingCall{CallID: c.id, SIPHeaders: append(headers, r.Headers...)},
	})
	if err != nil {
		return nil, fmt.Errorf("realtimetest: %w", err)
	}
	id := s.rest.newID("wh")
	deliveries := r.Deliveries
	if deliveries <= 0 {
		deliveries = 3
	}
	for range deliveries {
		if err = s.deliver(ctx, r, id, body); err == nil {
			return c, nil
		}
	}
	c.finish(End{By: EndServer})
	return nil, err
}

func (s *Server) deliver(ctx context.Context, r *Ringing, id string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("realtimetest: %w", err)
	}
	req.Header = SignWebhook(r.Secret, id, s.cfg.Clock.Now(), body)
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
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", id, seconds, body) // A hash takes everything.
	return http.Header{
		"Webhook-Id":        {id},
		"Webhook-Timestamp": {seconds},
		"Webhook-Signature": {"v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}
}

// ID returns the call's id.
func (c *PhoneCall) ID() string { return c.id }

// Answered waits until the call is accepted. It returns [ErrEnded] if the call
// ends before.
func (c *PhoneCall) Answered(ctx context.Context) error {
	return c.wait(ctx, c.accepted)
}

// Sideband waits for the connection that controls the call.
func (c *PhoneCall) Sideband(ctx context.Context) (*Conn, error) {
	if err := c.wait(ctx, c.attached); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn, nil
}

func (c *PhoneCall) wait(ctx context.Context, what chan struct{}) error {
	select {
	case <-what:
		return nil
	default:
	}
	select {
	case <-what:
		return nil
	case <-c.ended:
		return ErrEnded
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Say speaks into the phone: 24 kHz mono PCM16, and a second of silence after
// it, so that the other side knows that the caller has finished. It waits for
// the sideband, and not until the sound has been heard.
func (c *PhoneCall) Say(ctx context.Context, sound []byte) error {
	conn, err := c.Sideband(ctx)
	if err != nil {
		return err
	}
	sound = append(bytes.Clone(sound), Silence(time.Second)...)
	conn.do(func(s *session) { s.hearCaller(sound) })
	return nil
}

// Press presses keys of the phone. It waits for the sideband.
func (c *PhoneCall) Press(ctx context.Context, keys string) error {
	conn, err := c.Sideband(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		conn.Send(&api.InputAudioBufferDTMFEventReceived{Event: string(key), ReceivedAt: int(c.server.cfg.Clock.Now().Unix())})
	}
	return nil
}

// HangUp ends the call on the caller's side. Its sideband is closed with 1000.
func (c *PhoneCall) HangUp() { c.finish(End{By: EndCaller}) }

// Ended waits until the call has ended and tells how.
func (c *PhoneCall) Ended(ctx context.Context) (End, error) {
	select {
	case <-c.ended:
	case <-ctx.Done():
		return End{}, context.Cause(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end, nil
}

// Session returns what the call was accepted with, nil before.
func (c *PhoneCall) Session() *api.RealtimeSessionConfig {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.config
}

// Heard returns what the caller has heard so far, as 24 kHz mono PCM16.
func (c *PhoneCall) Heard() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.heard)
}

func (c *PhoneCall) hear(sound []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, sound...)
}

func (c *PhoneCall) configured() api.SessionConfig {
	if config := c.Session(); config != nil {
		return config
	}
	return nil
}

// accept answers a call that rings.
func (c *PhoneCall) accept(config *api.RealtimeSessionConfig) *failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.end.By != "":
		return &failure{status: http.StatusNotFound, err: callNotFound()}
	case c.config != nil:
		return fail(http.StatusBadRequest, "call_already_accepted", "call_id", "the call was accepted before")
	}
	c.config = config
	close(c.accepted)
	return nil
}

// join reports whether a sideband may come in.
func (c *PhoneCall) join() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse > 0 && c.config != nil {
		c.refuse--
		return false
	}
	return c.config != nil && c.end.By == ""
}

// attach takes a sideband's connection, unless the call is over.
func (c *PhoneCall) attach(conn *Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end.By != "" {
		return false
	}
	if c.conn == nil {
		c.conn = conn
		close(c.attached)
	}
	return true
}

// finish ends the call, if its state allows that.
func (c *PhoneCall) finish(end End) *failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end.By != "" {
		return &failure{status: http.StatusNotFound, err: callNotFound()}
	}
	running := c.config != nil
	switch end.By {
	case EndRejected:
		if running {
			return fail(http.StatusBadRequest, "call_already_accepted", "call_id", "only a call that rings can be rejected")
		}
	case EndReferred, EndHangup:
		if !running {
			return fail(http.StatusBadRequest, "call_not_accepted", "call_id", "the call was not accepted")
		}
		if end.By == EndReferred && c.webRTC {
			return fail(http.StatusBadRequest, "not_a_sip_call", "call_id", "only a SIP call can be transferred")
		}
	}
	c.end = end
	close(c.ended)
	if c.conn != nil {
		c.conn.Close(1000, "call_ended")
	}
	return nil
}
