package agent

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

const defaultPatience = 2 * time.Minute

// Desk is where calls wait for the decision of a person: its Approve is for [Tool]. The
// zero value is ready. Set Tool.Pending, for example to 10 s, where decisions take longer
// than a caller waits. All methods may be called from any goroutine.
type Desk struct {
	// Patience is how long a call waits before it is refused, default 2 minutes, negative:
	// without end.
	Patience time.Duration

	mu      sync.Mutex // guards waiting
	waiting []*decision
}

type decision struct {
	call *Call
	made chan error // has room for one
}

var errUndecided = errors.New("no decision was made in time")

// Approve waits until Decide is called for the call. It returns the reason of a refusal,
// and an error when nothing was decided in time or the context has ended.
func (d *Desk) Approve(ctx context.Context, c *Call) error {
	x := &decision{call: c, made: make(chan error, 1)}
	d.mu.Lock()
	d.waiting = append(d.waiting, x)
	d.mu.Unlock()
	defer d.remove(x)
	var late <-chan time.Time
	if d.Patience >= 0 {
		t := time.NewTimer(cmp.Or(d.Patience, defaultPatience))
		defer t.Stop()
		late = t.C
	}
	select {
	case why := <-x.made:
		return why
	case <-late:
	case <-ctx.Done():
	}
	d.remove(x)
	select {
	case why := <-x.made: // It came at the same moment.
		return why
	default:
	}
	if ctx.Err() != nil {
		return ctxerr.Of(ctx)
	}
	return errUndecided
}

func (d *Desk) remove(x *decision) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = slices.DeleteFunc(d.waiting, func(y *decision) bool { return y == x })
}

// Waiting returns the calls that wait, the oldest first.
func (d *Desk) Waiting() []*Call {
	d.mu.Lock()
	defer d.mu.Unlock()
	calls := make([]*Call, len(d.waiting))
	for i, x := range d.waiting {
		calls[i] = x.call
	}
	return calls
}

// Decide lets a call go on, or refuses it with why, whose text the model is given. It
// reports whether the call was waiting.
func (d *Desk) Decide(callID string, why error) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.waiting, func(x *decision) bool { return x.call.ID == callID })
	if i < 0 {
		return false
	}
	d.waiting[i].made <- why
	d.waiting = slices.Delete(d.waiting, i, i+1)
	return true
}
