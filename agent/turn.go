package agent

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
)

// Turn is one exchange: what the user said and what the agent answered, tools included.
// It is over once the answer is complete, and on a line once it was heard. A greeting and
// other things that the program has the agent say are turns without a user. In writing,
// what was said counts as heard when it arrives.
type Turn struct {
	voice.Turn

	// Usage is the sum over the responses of the turn; nil if the server counts nothing.
	Usage *api.ResponseUsage
	Agent *Agent // who spoke last
	Calls []*Call
	Guard *Tripped // the guard that has stopped the answer; nil: none
	// Err is why the turn has no whole answer; nil if it has one, or was cut. It is the error
	// of [Answer.Turn], and wraps [ErrUnanswered] or [ErrEnded].
	Err error
}

// Answer is what the model says to one [Conversation.Ask] or [Conversation.Nudge], after
// tools included. All methods may be called from any goroutine, any number of times.
type Answer struct {
	mu     sync.Mutex // guards what follows
	pieces []string
	turn   *Turn
	err    error
	over   bool
	news   chan struct{} // closed and replaced with each change
}

func newAnswer() *Answer { return &Answer{news: make(chan struct{})} }

// Text yields the text as it comes, from its beginning. The last pair holds an error if
// the conversation or the context ended before the answer was over ([ErrEnded]), or if the
// service gave none ([ErrUnanswered]), or for a Nudge that was cut before it had begun
// ([ErrCut]). [errors.AsType] finds the cause in both. An answer that
// was cut ends without an error: see [Answer.Turn].
func (a *Answer) Text(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for i := 0; ; {
			a.mu.Lock()
			pieces, over, err, news := a.pieces[i:], a.over, a.err, a.news
			a.mu.Unlock()
			for _, p := range pieces {
				if !yield(p, nil) {
					return
				}
			}
			i += len(pieces)
			if over {
				if err != nil {
					yield("", err)
				}
				return
			}
			select {
			case <-news:
			case <-ctx.Done():
				yield("", context.Cause(ctx))
				return
			}
		}
	}
}

// Turn waits until the turn is over. Its errors are those of [Answer.Text]; with one that is
// not of the context there may be a turn as well, such as one whose functions have run.
func (a *Answer) Turn(ctx context.Context) (*Turn, error) {
	for {
		a.mu.Lock()
		turn, over, err, news := a.turn, a.over, a.err, a.news
		a.mu.Unlock()
		if over {
			return turn, err
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (a *Answer) change(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return
	}
	f()
	close(a.news)
	a.news = make(chan struct{})
}

func (a *Answer) add(piece string) { a.change(func() { a.pieces = append(a.pieces, piece) }) }

func (a *Answer) end(t *Turn, err error) {
	a.change(func() { a.turn, a.err, a.over = t, err, true })
}

// Event is one of [*UserSaid], [*Saying], [*Called], [*Returned], [*HandedOff],
// [*Interrupted], [*Reconnected] and [*Warning].
type Event interface{ event() }

// UserSaid is what the user wrote, or the transcript of what the user said.
type UserSaid struct{ Text string }

// Saying is a piece of what the agent says, as it arrives.
type Saying struct{ Text string }

// Called is the beginning of a call.
type Called struct{ Call *Call }

// Returned is the end of a call.
type Returned struct{ Call *Call }

// HandedOff is the change to another agent.
type HandedOff struct{ From, To *Agent }

// Interrupted is the end of a turn that was cut.
type Interrupted struct{ Turn *Turn }

// Reconnected is a new connection. Lost lists what it does not hold of the conversation.
type Reconnected struct{ Lost []realtime.LostItem }

// Warning is an error that no call has to return: a [*CallError], a [*realtime.ServerError]
// with which the service refused a response, [ErrUnanswered] with its cause for a turn or
// for a greeting or filler that was not said, [ErrNotSaved], or an error of the line, of a
// summary or of sending. The Err of a [Turn] holds the cause of an answer that did not come as
// well.
type Warning struct{ Err error }

func (*UserSaid) event()    {}
func (*Saying) event()      {}
func (*Called) event()      {}
func (*Returned) event()    {}
func (*HandedOff) event()   {}
func (*Interrupted) event() {}
func (*Reconnected) event() {}
func (*Warning) event()     {}

// Errors of a conversation.
var (
	// ErrCut is returned when what was to be said was not heard to its end.
	ErrCut = errors.New("agent: interrupted")
	// ErrUnanswered is returned when the service did not answer, or a new connection does not
	// hold the question. It wraps the last failure, a [*realtime.ResponseError] or a
	// [*realtime.ServerError] if the service has told one. The service is asked five times,
	// and not again after a failure that stays: a spent quota, a refused key, an unknown model.
	ErrUnanswered = errors.New("agent: the model gave no answer")
	// ErrEnded is returned by calls on a conversation that has ended. It wraps the Err of
	// [Conversation.End], if there is one, such as a *socket.CloseError or a
	// *usage.BudgetError. A turn without an answer at the end of a conversation that has none
	// wraps the last failure to get one.
	ErrEnded = errors.New("agent: the conversation has ended")
	// ErrTooMuch is returned by Say when 64 sayings wait already.
	ErrTooMuch = errors.New("agent: too much waits to be said")
)
