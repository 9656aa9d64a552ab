package caller

import (
	"io/fs"
	"time"

	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/usage"
)

// Scenario is a conversation from the caller's side: what the caller does, and what is
// expected of the agent. [Load] and [Read] make it of a file; as a literal it can hold
// expectations in Go, see [Check]. It is not changed by a call, and any number of calls
// may use it at the same time.
type Scenario struct {
	Name string
	// Voice makes sound of what the caller says.
	Voice Voice
	// Carrier is the line between the caller and the agent.
	Carrier Carrier
	// Tools replace or delay the functions of an agent that [Call.Hold] holds the call
	// with, by name, where the server is scripted. Those of a live model are not replaced.
	Tools map[string]Stub
	// Script is what the scripted server answers; nil echoes. Without Heard and Listen, it
	// takes what the caller says for the texts of the steps, and a cough for "(cough)".
	Script *realtimetest.Script
	// Patience is how long the caller waits for an answer before the next step; default
	// 10 s.
	Patience time.Duration
	Steps    []Step
	// Always is expected of the whole call.
	Always []Expectation
	// Limits are those of all calls together.
	Limits Limits

	files fs.FS // Recordings and WAV files; nil is the working directory.
}

// Voice is how texts become sound. The zero Voice is a tone as long as the text: enough
// for a scripted server, and unknown to a model.
type Voice struct {
	// Recordings is the directory of WAV files, one for each text: its words in lower
	// case with "-" between them, such as "to-berlin-on-tuesday.wav".
	Recordings string
	// Espeak is the language or voice of espeak-ng, such as "en". Where espeak-ng is not
	// installed, calls to a scripted server use tones, and others fail.
	Espeak string
}

// Carrier is the line between the caller and the agent.
type Carrier struct {
	// Name is one of [Carriers]; empty is "pcm". Options.Line may know others.
	Name string
	// Loss is the share of frames of 20 ms that get lost, 0 to 1, in each direction.
	Loss float64
}

// Stub replaces or delays the function of a tool in runs against a scripted server.
type Stub struct {
	// Delay is waited for before the function is called.
	Delay time.Duration
	// Output, if not nil, is returned in place of calling the function. Error, if not
	// empty, is the text of the error that is returned.
	Output *string
	Error  string
}

// Step is one thing that the caller does.
type Step struct {
	Do Action
	// After is when. The zero After is once the agent has answered and is silent.
	After After
	// Expect is judged by what happens from the step up to the next one.
	Expect []Expectation
}

// After is the moment of a step. At most one member is set.
type After struct {
	// Heard: so much was heard of the agent since the step before.
	Heard time.Duration
	// Silence: the agent is silent for so long, whether it has answered or not.
	Silence time.Duration
	// Tool: a call of the tool has begun since the step before.
	Tool string
}

// Action is what the caller does in a step: [Say], [Play], [Noise], [Press], [Wait],
// [Drop] or [HangUp].
type Action interface{ isAction() }

type (
	// Say says a text in the scenario's voice.
	Say string
	// Play plays a WAV file, and Text is what it says, if anything.
	Play struct{ File, Text string }
	// Noise makes a noise that is no speech. Kind is "cough" or "hiss".
	Noise struct {
		Kind string
		For  time.Duration
	}
	// Press presses keys: 0 to 9, *, # and A to D.
	Press string
	// Wait waits.
	Wait time.Duration
	// Drop breaks the connection between the agent and the server.
	Drop struct {
		// Code is the close code, default 1006: the connection breaks without one. Others
		// need a scripted server.
		Code int
		// Refuse is the number of dials that then fail.
		Refuse int
	}
	// HangUp ends the call. A scenario without it ends the call once the agent is silent
	// after the last step.
	HangUp struct{}
)

func (Say) isAction()    {}
func (Play) isAction()   {}
func (Noise) isAction()  {}
func (Press) isAction()  {}
func (Wait) isAction()   {}
func (Drop) isAction()   {}
func (HangUp) isAction() {}

// Limits are bounds over all calls of a scenario.
type Limits struct {
	// Cost is the most that a call may cost on average, by Options.Prices; 0 is no limit.
	// Calls to a scripted server have no cost.
	Cost usage.Money
	// WordErrors is the largest share of the caller's words that the transcripts of the
	// session may have wrong; nil is no limit.
	WordErrors *float64
	// Latencies are bounds of quantiles.
	Latencies []LatencyLimit
}

// LatencyLimit bounds a quantile of a latency.
type LatencyLimit struct {
	Latency Latency
	// Quantile is greater than 0 and at most 1, which is the maximum.
	Quantile float64
	AtMost   time.Duration
}

// Latency is a kind of latency.
type Latency int

// The latencies.
const (
	ReplyHeard     Latency = iota // from the caller's last sound to the first that was heard of the answer
	ReplyMade                     // from the caller's last sound to the first that arrived of the answer
	StopAfterVoice                // from the caller's first sound to the last that was heard of what it interrupted
	ToolTook                      // from a function call to its output
	Reconnect                     // from a lost connection to the next
	LongestSilence                // of each call: neither side is heard
	latencies
)

// String returns the name of the latency in reports.
func (l Latency) String() string {
	if l < 0 || l >= latencies {
		return "unknown"
	}
	return [...]string{"reply, heard", "reply, made", "stop after voice", "tool", "reconnect", "longest silence"}[l]
}
