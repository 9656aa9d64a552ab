package realtimetest

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// PhoneCall is the caller's end of a call. The caller's audio goes to the session
// of the first sideband; without a sideband nothing receives it. All methods may be
// called from any goroutine.
type PhoneCall struct {
	// Set once before the call is registered.
	id     string
	webRTC bool
	clock  Clock

	// Closed by accept, attach and finish.
	accepted, attached, ended chan struct{}

	// Guarded by mu.
	mu       sync.Mutex
	config   *api.RealtimeSessionConfig // Not nil once accepted.
	notFound int                        // Sidebands that still get 404.
	conn     *Conn                      // The first sideband.
	listen   func(sound []byte)         // Runs on the goroutine of conn's session.
	end      End
	heard    []byte
}

// Values of [End.By].
const (
	EndCaller   = "caller"   // The caller hung up.
	EndHangup   = "hangup"   // The application hung up.
	EndRejected = "rejected" // The application rejected the call.
	EndReferred = "referred" // The application transferred the call.
	EndServer   = "server"   // The server closed, or the webhook was not delivered.
)

// End is how a call ended.
type End struct {
	// By is one of the constants such as [EndCaller].
	By string
	// Code is the SIP status of a rejection.
	Code int
	// Target is the address to which a call was transferred.
	Target string
}

func newPhoneCall(id string, clock Clock, webRTC bool) *PhoneCall {
	return &PhoneCall{
		id: id, webRTC: webRTC, clock: clock,
		accepted: make(chan struct{}), attached: make(chan struct{}), ended: make(chan struct{}),
	}
}

// ID returns the call's id.
func (c *PhoneCall) ID() string { return c.id }

// Answered waits until the call is accepted. [ErrEnded] is returned if the call
// ends before.
func (c *PhoneCall) Answered(ctx context.Context) error {
	return c.wait(ctx, c.accepted)
}

// Sideband waits for the connection that controls the call. [ErrEnded] is returned
// if the call ends before.
func (c *PhoneCall) Sideband(ctx context.Context) (*Conn, error) {
	if err := c.wait(ctx, c.attached); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn, nil
}

func (c *PhoneCall) wait(ctx context.Context, reached chan struct{}) error {
	select {
	case <-reached:
		return nil
	default:
	}
	select {
	case <-reached:
		return nil
	case <-c.ended:
		return ErrEnded
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Say sends the caller's audio, which is 24 kHz mono PCM16, and a second of
// silence, which ends the turn. It waits for the sideband and not for the audio to
// be processed.
func (c *PhoneCall) Say(ctx context.Context, sound []byte) error {
	conn, err := c.Sideband(ctx)
	if err != nil {
		return err
	}
	sound = append(bytes.Clone(sound), Silence(time.Second)...)
	c.mu.Lock()
	listen := c.listen
	c.mu.Unlock()
	conn.do(func() { listen(sound) })
	return nil
}

// Press presses keys of the phone. It waits for the sideband.
func (c *PhoneCall) Press(ctx context.Context, keys string) error {
	conn, err := c.Sideband(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		conn.Send(&api.InputAudioBufferDTMFEventReceived{Event: string(key), ReceivedAt: int(c.clock.Now().Unix())})
	}
	return nil
}

// HangUp ends the call on the caller's side. Its sideband is closed with 1000.
func (c *PhoneCall) HangUp() { c.finish(End{By: EndCaller}) }

// Ended waits until the call has ended and returns how.
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

// Session returns the configuration with which the call was accepted, nil before.
func (c *PhoneCall) Session() *api.RealtimeSessionConfig {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.config
}

// Heard returns the audio that the caller has heard so far, as 24 kHz mono PCM16.
func (c *PhoneCall) Heard() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.heard)
}

// hear adds audio of a response.
func (c *PhoneCall) hear(sound []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, sound...)
}

// preset returns the configuration of the call's session, nil before it is accepted.
func (c *PhoneCall) preset() api.SessionConfig {
	if config := c.Session(); config != nil {
		return config
	}
	return nil
}

// accept accepts an incoming call.
func (c *PhoneCall) accept(config *api.RealtimeSessionConfig) *protocol.Failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.end.By != "":
		return protocol.CallNotFound()
	case c.config != nil:
		return protocol.Fail(http.StatusBadRequest, "call_already_accepted", "call_id", "the call was accepted before")
	}
	c.config = config
	close(c.accepted)
	return nil
}

// join reports whether a sideband may connect now.
func (c *PhoneCall) join() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.notFound > 0 && c.config != nil {
		c.notFound--
		return false
	}
	return c.config != nil && c.end.By == ""
}

// attach adds a sideband and reports whether the call is not over. listen receives
// the caller's audio on the goroutine of the sideband's session.
func (c *PhoneCall) attach(conn *Conn, listen func(sound []byte)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end.By != "" {
		return false
	}
	if c.conn == nil {
		c.conn, c.listen = conn, listen
		close(c.attached)
	}
	return true
}

// finish ends the call, unless its state does not allow that end.
func (c *PhoneCall) finish(end End) *protocol.Failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end.By != "" {
		return protocol.CallNotFound()
	}
	running := c.config != nil
	switch end.By {
	case EndRejected:
		if running {
			return protocol.Fail(http.StatusBadRequest, "call_already_accepted", "call_id", "only a call that rings can be rejected")
		}
	case EndReferred, EndHangup:
		if !running {
			return protocol.Fail(http.StatusBadRequest, "call_not_accepted", "call_id", "the call was not accepted")
		}
		if end.By == EndReferred && c.webRTC {
			return protocol.Fail(http.StatusBadRequest, "not_a_sip_call", "call_id", "only a SIP call can be transferred")
		}
	}
	c.end = end
	close(c.ended)
	if c.conn != nil {
		c.conn.Close(1000, "call_ended")
	}
	return nil
}
