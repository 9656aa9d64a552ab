package realtimetest

import (
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Script says what the model hears and what it does. The zero Script hears
// something different in each recording and answers with an echo of what
// arrived. Each session plays the script from its beginning.
type Script struct {
	// Heard holds what the user says in the spoken turns.
	Heard []Heard
	// Rules are tried in order whenever the model is to respond; the first
	// that matches says what it does. When none does, it echoes.
	Rules []Rule
	// MCP holds the MCP servers that sessions can use.
	MCP []MCPServer
	// Faults are what goes wrong, whatever the rules say.
	Faults []Fault
}

// Heard is what a spoken turn of the user says. An entry with a Recording is
// used for every turn in which that recording is heard; the others are used
// once each, in order, for the turns that no recording explains.
type Heard struct {
	Text string
	// Recording is 24 kHz mono PCM16 that the turn contains, such as the file
	// that the client streams as it is. It is recognised by its loudest part, so
	// that silence around it and pieces cut off at the ends do not matter.
	Recording []byte
	// Delay is the time from the end of the turn to its transcript.
	Delay time.Duration
	// Language is reported with the transcript, if it is not empty.
	Language string
	// Failure, if not nil, is sent in place of the transcript.
	Failure *api.TranscriptionError
	// Segments say who speaks when, for transcription models that tell speakers
	// apart. Without any, one speaker says all of Text.
	Segments []Segment
	// Translation is what a translation session says for the turn, and
	// Translated its sound as 24 kHz mono PCM16. The server makes up what is
	// missing.
	Translation string
	Translated  []byte
}

// Segment is what one speaker says in a spoken turn.
type Segment struct {
	Speaker, Text string
	Start, End    time.Duration
}

// Rule says what the model does in the turns that match.
type Rule struct {
	// When says whether the rule is for a turn. Nil is for every turn.
	When func(*Turn) bool
	// Times is how often the rule may be used in one session; 0 is without end.
	Times int
	// Do is what the model does, in order.
	Do []Step
	// Answer, if not nil, gives the steps in place of Do. It is called on the
	// session's goroutine and must not wait.
	Answer func(*Turn) []Step
}

// Turn is what the model knows when it is to respond.
type Turn struct {
	// Number counts the responses of the session from 1.
	Number int
	// Text is what the user wrote or said since the last response, and Spoken
	// whether any of it was said.
	Text   string
	Spoken bool
	// Speech is the length of what was said.
	Speech time.Duration
	// Results are the outputs of function calls, and of MCP calls, since the last
	// response.
	Results []ToolResult
	// Items are the conversation, or the input that the client gave for this
	// response alone. They are not to be changed.
	Items []api.Item
	// Session is the session's configuration.
	Session *api.RealtimeSession
	// Params are those of response.create. They are nil when the end of the
	// user's speech started the response.
	Params *api.ResponseParams
}

// ToolResult is the output of a function call.
type ToolResult struct {
	CallID, Name, Output string
}

// Said returns a condition for [Rule.When]: the user wrote or said text since
// the last response, in upper or lower case.
func Said(text string) func(*Turn) bool {
	text = strings.ToLower(text)
	return func(t *Turn) bool { return strings.Contains(strings.ToLower(t.Text), text) }
}

// Returned returns a condition for [Rule.When]: a call of the function or MCP
// tool has been answered since the last response.
func Returned(function string) func(*Turn) bool {
	return func(t *Turn) bool { _, ok := t.Result(function); return ok }
}

// Result returns the output of the named function, if it has arrived since the
// last response.
func (t *Turn) Result(function string) (output string, ok bool) {
	for _, r := range t.Results {
		if r.Name == function {
			return r.Output, true
		}
	}
	return "", false
}

// Step is one thing that the model does: [Say], [Call], [MCPCall], [Wait],
// [Hang], [Stop], [Fail], [Refuse], [Emit], [HangUp], [Send], [Cut] or
// [Stall].
type Step interface{ isStep() }

type (
	// Say is an assistant's message. In a text response it is Text; in a
	// spoken one Text is the transcript of Audio.
	Say struct {
		Text string
		// Audio is 24 kHz mono PCM16; the server writes it in the session's
		// output format. When it is nil, a tone stands for it that lasts as
		// long as it would take to say Text.
		Audio []byte
	}
	// Call is a function call. Several in a row are parallel calls.
	Call struct {
		Name string
		// Arguments is a JSON object; empty means no arguments.
		Arguments string
		// ID is the call's id. The server makes one when it is empty.
		ID string
	}
	// MCPCall is a call of a tool of an [MCPServer]. Where the session wants
	// approval, the response ends with the request for it, and the call is made
	// when the client has allowed it.
	MCPCall struct {
		Server, Name string
		// Arguments is a JSON object; empty means no arguments.
		Arguments string
	}
	// Wait lets time pass on the server's clock.
	Wait time.Duration
	// Hang does nothing until the response is cancelled.
	Hang struct{}
	// Stop ends the response as incomplete for a reason.
	Stop api.ResponseStatusReason
	// Fail ends the response as failed.
	Fail struct{ Type, Code, Message string }
	// Refuse answers response.create with an error event. As the first step it
	// takes the response's place; later steps are not done.
	Refuse api.Error
	// Emit sends an event as it is. An empty event id is filled in.
	Emit struct{ Event api.ServerEvent }
	// HangUp closes the connection with a code and a reason; code 0 drops it
	// without a close frame.
	HangUp struct {
		Code   int
		Reason string
	}
	// Send sends a text frame that need not be an event, nor JSON.
	Send struct{ Data []byte }
	// Cut drops the connection in the middle of a frame.
	Cut struct{}
	// Stall keeps the connection open without reading or writing, pings
	// included, for a time. In place of a negative time it never goes on.
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
