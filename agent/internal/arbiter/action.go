package arbiter

// Action is what is to be done: one of the types below.
type Action interface{ action() }

// Run runs the function of a call.
type Run struct{ Call string }

// Write writes the output of a call.
type Write struct {
	Call string
	Pair bool // the call first, since the conversation does not hold it
	// Short asks for a short error in place of the output, which was refused.
	Short bool
}

// Ask asks for a response.
type Ask struct {
	Tag       string
	Saying    string // "" for an answer
	Withdrawn bool   // an answer although a call was deleted before it returned
}

// Cancel stops a response.
type Cancel struct{ Response string }

// Over is the end of a saying.
type Over struct {
	Saying string
	How    Outcome
	Err    error // the last failure, of one that is given up
}

// Outcome is what became of a saying.
type Outcome int

// The outcomes of a saying.
const (
	Said    Outcome = iota
	Cut             // it was interrupted
	GivenUp         // the server did not say it in several attempts
	Dropped         // a filler whose call has returned, or an unwanted saying
)

// Report is something that the conversation lost or gave up.
type Report struct {
	Lost Loss
	ID   string // of the turn or the call
	Err  error  // the last failure, nil if there was none
}

// Loss is a kind of loss.
type Loss int

// The losses.
const (
	TurnLost       Loss = iota // a new connection does not hold it
	TurnUnanswered             // several requests for an answer failed
	CallUnanswered             // the same
	OutputLost                 // the server refused the output, and an error in its place
	TurnStopped                // the program does not want the answer
	CallStopped                // the same
)

func (Run) action()    {}
func (Write) action()  {}
func (Ask) action()    {}
func (Cancel) action() {}
func (Over) action()   {}
func (Report) action() {}
