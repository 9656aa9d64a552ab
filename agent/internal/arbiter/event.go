package arbiter

// SpeechStarted is the beginning of the user's speech.
type SpeechStarted struct{}

// SpeechStopped is the end of speech, or a cleared buffer. A [Turn] may follow.
type SpeechStopped struct{}

// Turn is input of the user that the conversation holds and that wants an answer.
type Turn struct {
	ID string // its item
	// Spoken is set for speech, which the server may answer by itself.
	Spoken bool
	// Late is set for the result of a call that the model went on without: like an output it
	// ends no interruption by the program, and waits for that to end.
	Late bool
}

// TurnDeleted is the removal of a turn's item.
type TurnDeleted struct{ ID string }

// Created is the beginning of a response.
type Created struct {
	Response string
	Tag      string // of the request for it; "" if the server echoes none
	Beside   bool   // it does not belong to the conversation
}

// Done is the end of a response. The calls that it announces come before it.
type Done struct {
	Response string
	End      Ending
	Failure  Failure // of one that has failed
}

// Failure is why a request for a response was in vain.
type Failure struct {
	Err   error // nil if it is not known
	Final bool  // asking again does not help
}

// Ending is how a response has ended.
type Ending int

// The endings of a response. One that is incomplete has completed: the model said what
// it could.
const (
	Completed Ending = iota
	Failed
	CancelledByVoice
	CancelledByClient
	Cancelled // without a reason
)

// Refused is an error that may refuse a request for a response.
type Refused struct {
	Tag     string // of the request; "" if the error names none
	Active  bool   // because another response runs
	Failure Failure
}

// Interrupted is the wish of the program to stop what is said. Outputs of calls wait until
// there is something new to answer, or to say.
type Interrupted struct{}

// Stopped is the wish to have no more of the answer to some turns, outputs of its calls
// included. What is owed to others goes on.
type Stopped struct {
	Turn, Call func(id string) bool // whether it belongs to that answer
	Saying     func(id string) bool // the same, of sayings that were asked for; nil for none
	Speaking   bool                 // the response that runs belongs to it
}

// Called is a whole call of the conversation. It may be announced any number of times.
type Called struct {
	Call, Response string
	Stopped        bool // it is part of an answer that was [Stopped]
}

// Returned is the output of a call. A silent one asks for no answer.
type Returned struct {
	Call   string
	Silent bool
}

// Confirmed is the confirmation of an output by the server.
type Confirmed struct{ Call string }

// OutputRefused is the refusal of an output. Exists is set if the conversation holds it
// already.
type OutputRefused struct {
	Call   string
	Exists bool
	Err    error
}

// CallDeleted is the removal of a call's item from the conversation.
type CallDeleted struct{ Call string }

// Wanted is a saying that is to be said. With a call it is a filler, which is only said
// while the call runs.
type Wanted struct {
	Saying, Call string
	Free         bool // the model words it, and may call functions
	Aside        bool // it comes next, and does not end an interruption
}

// Unwanted takes a saying back that was not asked for yet, or with Asked any that has not begun.
type Unwanted struct {
	Saying string
	Asked  bool
}

// Down is the loss of the connection. Heard is set if the user has heard some of the
// saying that was said.
type Down struct{ Heard bool }

// Up is a new connection, which has been given the conversation.
type Up struct {
	Turns   map[string]bool // the turns that it holds
	Calls   map[string]bool // the calls that it holds
	Outputs map[string]bool // the calls whose outputs it holds
	Sending map[string]bool // the calls whose outputs are still on their way to it
	Waiting string          // the tag of a request that the old one did not take, and that is sent now
	Recalls bool            // it gets the results of settled calls that it does not hold, after Waiting
}
