package realtimetest

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

// PhoneCall is the caller's end of a call. The call has a session of its own from when
// it is accepted until it ends: the model hears and answers the caller, whether a
// sideband is attached or not. Sidebands come and go, several at once; each gets the
// events that follow, and can steer the call. All methods may be called from any
// goroutine.
type PhoneCall struct {
	// Set once before the call is registered.
	id     string
	webRTC bool
	clock  Clock

	// Closed by accept, attach and finish.
	accepted, attached, ended chan struct{}

	// Guarded by mu.
	mu       sync.Mutex
	config   *api.RealtimeSessionConfig // Of accept.
	line     phoneLine                  // Not nil once accepted.
	notFound int                        // Sidebands that still get 404.
	first    *Conn                      // The first sideband.
	conns    []*Conn                    // The sidebands that are attached.
	end      End
	heard    []byte
}

// phoneLine is the session of a call. Its methods may be called from any goroutine and
// return at once.
type phoneLine interface {
	speak(sound []byte)
	press(keys string)
	hangUp()
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

// Sideband waits for the first connection that controls the call, and returns it.
// [ErrEnded] is returned if the call ends before.
func (c *PhoneCall) Sideband(ctx context.Context) (*Conn, error) {
	if err := c.wait(ctx, c.attached); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.first, nil
}

// Sidebands returns the connections that control the call now, in the order in which
// they were attached.
func (c *PhoneCall) Sidebands() []*Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.conns)
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
// silence, which ends the turn. It waits until a sideband has been attached once, so
// that a test's application misses nothing, and not for the audio to be processed.
func (c *PhoneCall) Say(ctx context.Context, sound []byte) error {
	if err := c.wait(ctx, c.attached); err != nil {
		return err
	}
	return c.Speak(ctx, append(bytes.Clone(sound), Silence(time.Second)...))
}

// Speak sends the caller's audio, which is 24 kHz mono PCM16, as it is. It waits until
// the call is accepted, and neither for a sideband nor for the audio to be processed.
func (c *PhoneCall) Speak(ctx context.Context, sound []byte) error {
	if err := c.wait(ctx, c.accepted); err != nil {
		return err
	}
	c.session().speak(bytes.Clone(sound))
	return nil
}

// Press presses keys of the phone. Like Say it waits for the first sideband.
func (c *PhoneCall) Press(ctx context.Context, keys string) error {
	if err := c.wait(ctx, c.attached); err != nil {
		return err
	}
	c.session().press(keys)
	return nil
}

// session returns the call's session, nil before the call is accepted.
func (c *PhoneCall) session() phoneLine {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.line
}

// HangUp ends the call on the caller's side. Its sidebands are closed with 1000.
func (c *PhoneCall) HangUp() { c.finish(End{By: EndCaller}) }

// Ended waits until the call has ended and returns how.
func (c *PhoneCall) Ended(ctx context.Context) (End, error) {
	select {
	case <-c.ended: // Also when ctx has ended.
	default:
		select {
		case <-c.ended:
		case <-ctx.Done():
			return End{}, context.Cause(ctx)
		}
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

// Heard returns the audio that the caller has heard so far, as 24 kHz mono PCM16:
// eleven minutes at most, of which the oldest is dropped.
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
	if len(c.heard) > speech.MaxBytes {
		c.heard = slices.Clone(c.heard[len(c.heard)-speech.MaxBytes*3/4:])
	}
}

// accept accepts a call that rings. line is its session.
func (c *PhoneCall) accept(config *api.RealtimeSessionConfig, line phoneLine) *protocol.Failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.end.By != "":
		return protocol.CallNotFound()
	case c.line != nil:
		return protocol.Fail(http.StatusBadRequest, "call_already_accepted", "call_id", "the call was accepted before")
	}
	c.config, c.line = config, line
	close(c.accepted)
	return nil
}

// join reports whether a sideband may connect now.
func (c *PhoneCall) join() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.notFound > 0 && c.line != nil {
		c.notFound--
		return false
	}
	return c.line != nil && c.end.By == ""
}

// joined adds a sideband that is attached.
func (c *PhoneCall) joined(conn *Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns = append(c.conns, conn)
	if c.first == nil {
		c.first = conn
		close(c.attached)
	}
}

// left removes a sideband.
func (c *PhoneCall) left(conn *Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns = slices.DeleteFunc(c.conns, func(other *Conn) bool { return other == conn })
}

// finish ends the call, unless its state does not allow that end.
func (c *PhoneCall) finish(end End) *protocol.Failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end.By != "" {
		return protocol.CallNotFound()
	}
	running := c.line != nil
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
	if c.line != nil {
		c.line.hangUp()
	}
	return nil
}

// over reports whether the call has ended, and the length of the audio that it keeps.
func (c *PhoneCall) over() (ended bool, heard int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end.By != "", len(c.heard)
}
