package caller

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/voicelane/realtime-go/caller/internal/journal"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// observedFunc is a tool's function whose runs are noted, and that a scenario may replace.
type observedFunc struct {
	agent.Function

	stub    Stub
	name    string
	journal *journal.Journal
}

// Call notes the run and calls the function, or what replaces it.
func (f observedFunc) Call(ctx context.Context, arguments json.RawMessage) (string, error) {
	id := ""
	if call := agent.CallFrom(ctx); call != nil {
		id = call.ID
	}
	f.journal.Note(func(now time.Duration, e *journal.Events) {
		e.Runs = append(e.Runs, journal.Run{ID: id, Name: f.name, Arguments: string(arguments), At: now})
	})
	if f.stub.Delay > 0 {
		if err := ctxerr.Sleep(ctx, f.stub.Delay); err != nil {
			return "", err
		}
	}
	switch {
	case f.stub.Error != "":
		return "", errors.New(f.stub.Error)
	case f.stub.Output != nil:
		return *f.stub.Output, nil
	}
	return f.Function.Call(ctx, arguments)
}
