package realtimetest

import (
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Script defines what the model hears and does. With the zero Script each spoken
// turn has a text of its own, and the model echoes its input. Each session starts
// at the beginning of the script.
type Script struct {
	// Heard holds the texts of the user's spoken turns.
	Heard []Heard
	// Listen, if not nil, returns what was said in a spoken turn without a known recording,
	// in place of the next entry of Heard. It is called on the session's goroutine and must
	// not block.
	Listen func() Heard
	// Rules are tried in order for each response; the first that matches defines
	// it. Without a match the model echoes.
	Rules []Rule
	// MCP holds the MCP servers that sessions can use.
	MCP []MCPServer
	// Faults are the failures of connections. They do not depend on Rules.
	Faults []Fault
}

// Heard is the text of a spoken turn of the user. An entry with a Recording is
// used for every turn that contains the recording. The other entries are used once
// each, in order, for turns without a known recording.
type Heard struct {
	Text string
	// Recording is 24 kHz mono PCM16 that the turn contains, for example the file
	// that the client streams. It is recognised by its loudest part: silence
	// around it and missing ends have no effect. Its samples are compared: convert a
	// file of another rate once, for the script and the client.
	Recording []byte
	// Delay is the time from the end of the turn to its transcript.
	Delay time.Duration
	// Language is sent with the transcript if it is not empty.
	Language string
	// Failure, if not nil, is sent in place of the transcript.
	Failure *api.TranscriptionError
	// Segments are the speakers of the turn, for transcription models that
	// distinguish speakers. Without segments one speaker says all of Text.
	Segments []Segment
	// Translation is the turn in the language of a translation session, and
	// Translated its audio as 24 kHz mono PCM16. The server generates what is
	// missing.
	Translation string
	Translated  []byte
}

// Segment is the part of one speaker in a spoken turn. Times count from the
// beginning of the turn.
type Segment struct {
	Speaker, Text string
	Start, End    time.Duration
}

// Rule defines the responses in the turns that match.
type Rule struct {
	// When reports whether the rule matches a turn. Nil matches every turn. A rule that
	// has refused a response does not see that turn's input again, so that a client that
	// tries again meets the next rule; one with Times sees it that often.
	When func(*Turn) bool
	// Times is the number of uses in one session; 0 is unlimited.
	Times int
	// Do holds the steps of the response in order.
	Do []Step
	// Answer, if not nil, returns the steps in place of Do. It is called on the
	// session's goroutine and must not block.
	Answer func(*Turn) []Step
}

// Turn is the input of a response.
type Turn struct {
	// Number counts the responses of the session from 1.
	Number int
	// Text is the text that the user wrote or said since the last response. Spoken
	// reports whether some of it was spoken.
	Text   string
	Spoken bool
	// Speech is the duration of the speech.
	Speech time.Duration
	// Results are the outputs of function calls, and of MCP calls, since the last
	// response.
	Results []ToolResult
	// Items are the conversation, or the input of this response alone. They must
	// not be changed.
	Items []api.Item
	// Session is the session's configuration.
	Session *api.RealtimeSession
	// Params are those of response.create. They are nil if the end of the user's
	// speech started the response.
	Params *api.ResponseParams
}

// ToolResult is the output of a function call.
type ToolResult struct {
	CallID, Name, Output string
}

// Said returns a condition for [Rule.When]: the user wrote or said text since the
// last response. Upper and lower case are equal.
func Said(text string) func(*Turn) bool {
	text = strings.ToLower(text)
	return func(t *Turn) bool { return strings.Contains(strings.ToLower(t.Text), text) }
}

// Instructed returns a condition for [Rule.When]: the instructions of the response, or else
// those of the session, contain text. An agent asks in them for its greeting and fillers.
func Instructed(text string) func(*Turn) bool {
	return func(t *Turn) bool { return strings.Contains(instructions(t), text) }
}

// Returned returns a condition for [Rule.When]: the output of the function or MCP
// tool has arrived since the last response.
func Returned(function string) func(*Turn) bool {
	return func(t *Turn) bool { _, ok := t.Result(function); return ok }
}

// Result returns the output of the named function or MCP tool. ok is false if it
// has not arrived since the last response.
func (t *Turn) Result(function string) (output string, ok bool) {
	for _, r := range t.Results {
		if r.Name == function {
			return r.Output, true
		}
	}
	return "", false
}
