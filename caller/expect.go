package caller

import (
	"encoding/json"
	"time"

	"github.com/voicelane/realtime-go/caller/internal/journal"
)

// Expectation is what is expected of the agent within a step, or of the whole call.
// [Check] is one in Go.
type Expectation interface {
	// String returns the expectation as a file has it, for reports.
	String() string
	judge(m *journal.Moment) verdict
}

type (
	// Calls expects a tool to be called: the model calls it, and its function runs or the
	// program answers the call. A call of a function that the session does not offer, one
	// that is not answered, and one whose arguments are refused do not count; one whose
	// function returns an error does.
	Calls struct {
		Tool string
		// With are members that the arguments have, among others.
		With map[string]json.RawMessage
		// Times is the number of calls; nil is any but none. With 0 the model must not even
		// try.
		Times *int
	}
	// Hears expects that the caller hears words, in order and without others between them.
	Hears struct {
		Words string
		// WordErrors is the share of the words that may differ, 0 to 1.
		WordErrors float64
	}
	// WordErrors bounds the share of the words of a step that the session's transcript has
	// wrong.
	WordErrors float64

	// ReplyWithin bounds the time from the caller's last sound to the first sound that is
	// heard of the answer.
	ReplyWithin time.Duration
	// SilentWithin bounds the time from the caller's first sound until what it interrupts
	// is silent.
	SilentWithin time.Duration
	// SilenceAtMost bounds each time in which the caller hears nothing and says nothing.
	SilenceAtMost time.Duration
	// ResumesWithin bounds the time from the caller's last sound until the agent is heard,
	// again or still.
	ResumesWithin time.Duration
	// ReconnectedWithin bounds the time from the loss of the connection to the next one.
	ReconnectedWithin time.Duration

	// BelievedEqualsHeard bounds the difference between what was heard of an answer that
	// was cut, and what the conversation holds of it.
	BelievedEqualsHeard time.Duration
	// ItemsLost bounds the number of items that a lost connection took.
	ItemsLost int
	// NoOverlap bounds the time in which both sides are heard at once.
	NoOverlap time.Duration
	// NoDoubledTool expects that no function runs twice for one call, and that the model
	// calls none twice with the same arguments before the caller speaks again.
	NoDoubledTool struct{}
	// NoError expects no error of the server and no response that failed.
	NoError struct{}

	// Check is an expectation in Go.
	Check struct {
		Name string
		// Func returns why the expectation is not met, or nil.
		Func func(Seen) error
	}
)

// Seen is what happened within a step, or the whole call.
type Seen struct {
	// Heard are the words that the caller heard, and Said the transcripts of what the
	// caller said.
	Heard, Said string
	// Calls are the function calls of the model.
	Calls []ToolCall
	// Reply is the time from the caller's last sound to the first that was heard of the
	// answer. Answered is false if there was none.
	Reply    time.Duration
	Answered bool
	// Silence is the longest time in which neither side was heard.
	Silence time.Duration
}

// ToolCall is a function call of the model.
type ToolCall struct {
	ID, Name, Arguments string
	// At counts from the beginning of the call, and Took from then to the output; it is 0
	// without one.
	At, Took time.Duration
}

// verdict is why an expectation is not met, "" if it is, and the time to look at.
type verdict struct {
	why string
	at  time.Duration
}
