package mirror

import (
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// View is one item as a reader of the conversation sees it.
type View struct {
	Item  api.Item
	State State
	Heard *Heard // nil unless its audio was truncated
}

// Heard is what remains of audio that was truncated.
type Heard struct {
	Audio time.Duration
	Text  string
}

// State is what is known of an item.
type State uint8

// The states of an item.
const (
	Asked    State = iota + 1 // its creation was sent and has no answer
	Making                    // the server has begun it and not ended it
	Complete                  // the server holds it
	Deleted                   // the server does not hold it any more
	Dropped                   // there was no room for it here
)

// Summarizable returns how many items from the front a summary may replace: all but the
// last ones, complete ones alone, and a call with its output.
func Summarizable(items []View, keep int) (n int) {
	open := map[string]bool{}
	for i, v := range items[:max(len(items)-max(keep, 0), 0)] {
		if v.State != Complete {
			break
		}
		switch x := v.Item.(type) {
		case *api.FunctionCall:
			open[x.CallID] = true
		case *api.FunctionCallOutput:
			delete(open, x.CallID)
		default:
		}
		if len(open) == 0 {
			n = i + 1
		}
	}
	return n
}
