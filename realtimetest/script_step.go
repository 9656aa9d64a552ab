package realtimetest

import (
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Step is one action of the model: [Say], [Call], [MCPCall], [Wait], [Hang],
// [Stop], [Fail], [Refuse], [Emit], [HangUp], [Send], [Cut] or [Stall].
type Step interface{ isStep() }

type (
	// Say is an assistant's message. A text response contains Text; a spoken
	// response contains Audio with Text as its transcript.
	Say struct {
		Text string
		// Audio is 24 kHz mono PCM16; the server converts it to the session's output
		// format. Nil is a tone with the duration of Text when spoken.
		Audio []byte
	}
	// Call is a function call. Several in a row are parallel calls.
	Call struct {
		Name string
		// Arguments is a JSON object; empty means no arguments.
		Arguments string
		// ID is the call's id. The server makes one if it is empty.
		ID string
	}
	// MCPCall is a call of a tool of an [MCPServer]. If the session requires
	// approval, the response ends with the approval request, and the call follows
	// when the client approves it.
	MCPCall struct {
		Server, Name string
		// Arguments is a JSON object; empty means no arguments.
		Arguments string
	}
	// Wait waits on the server's clock.
	Wait time.Duration
	// Hang waits until the response is cancelled.
	Hang struct{}
	// Stop ends the response as incomplete with a reason.
	Stop api.ResponseStatusReason
	// Fail ends the response as failed.
	Fail struct{ Type, Code, Message string }
	// Refuse sends an error event. As the first step it refuses response.create, and
	// there is no response and no later step. [Rule.Times] is how often a client that
	// tries again is refused.
	Refuse api.Error
	// Emit sends an event as it is. An empty event id is filled in.
	Emit struct{ Event api.ServerEvent }
	// HangUp closes the connection with a code and a reason. Code 0 closes it
	// without a close frame.
	HangUp struct {
		Code   int
		Reason string
	}
	// Send sends a text frame that need not be an event or JSON.
	Send struct{ Data []byte }
	// Cut closes the connection in the middle of a frame.
	Cut struct{}
	// Stall keeps the connection open and handles and writes no frame for a time,
	// pongs included. A negative time has no end.
	Stall time.Duration
)

func (Say) isStep()     {}
func (Call) isStep()    {}
func (MCPCall) isStep() {}
func (Wait) isStep()    {}
func (Hang) isStep()    {}
func (Stop) isStep()    {}
func (Fail) isStep()    {}
func (Refuse) isStep()  {}
func (Emit) isStep()    {}
func (HangUp) isStep()  {}
func (Send) isStep()    {}
func (Cut) isStep()     {}
func (Stall) isStep()   {}
