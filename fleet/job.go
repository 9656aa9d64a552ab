package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Job is a call as the fleet has it. All methods may be called from any goroutine.
type Job struct {
	w     *work
	in    *api.RealtimeCallIncoming
	key   string // of the entry
	reply string // the subject of acknowledgements of this delivery

	ctx     context.Context //nolint:containedctx // The call's: it ends when the call is not this worker's any more.
	cancel  context.CancelCauseFunc
	writes  chan struct{}   // holds a value while a write to the bucket is in progress
	held    chan struct{}   // closed when the lease is not extended any more
	stopped context.Context //nolint:containedctx // Of the renewals.
	stop    context.CancelFunc

	mu      sync.Mutex
	entry   entry  // guarded by mu; what this worker wrote last
	rev     uint64 // guarded by mu; its revision
	former  []string
	unread  error             // of the entry of a call that no worker can read; set before handle
	proven  time.Time         // guarded by mu; when the last renewal was sent that counts
	renewed []renewal         // guarded by mu; the confirmed ones since, the oldest first
	timer   *time.Timer       // fires when the lease must be given up
	session *realtime.Session // guarded by mu; set while Run runs
	gone    error             // guarded by mu; why the call is not this worker's any more
	run     progress          // guarded by mu; of the latest attempt
	settled bool              // guarded by mu; the job has its fate, or is given it
}

// progress is how far an attempt to answer or to resume a call has come.
type progress struct {
	attached bool      // Run was called
	since    time.Time // when it was
	lost     bool      // the session was lost under Run
	ended    bool      // the call was to be hung up or transferred
}

// Incoming returns the event that announced the call. It must not be changed.
func (j *Job) Incoming() *api.RealtimeCallIncoming { return j.in }

// ID returns the call's id.
func (j *Job) ID() string { return j.in.Data.CallID }

// Epoch returns the number of workers that have had the call, this one included. Above 1
// the call was taken over from another worker, which has left it or died.
func (j *Job) Epoch() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.entry.Epoch
}

// Transfer returns the target of a transfer that a former worker began and whose outcome
// is not known, or "". The call was not transferred when this worker attached; to repeat
// the transfer may dial the target a second time.
func (j *Job) Transfer() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.entry.Target
}

// State returns what Save stored last, on any worker, or nil.
func (j *Job) State() []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]byte(nil), j.entry.State...)
}

// Restore decodes State as JSON into v. Without a state it leaves v as it is.
func (j *Job) Restore(v any) error {
	state := j.State()
	if len(state) == 0 {
		return nil
	}
	if err := json.Unmarshal(state, v); err != nil {
		return fmt.Errorf("fleet: restore the state: %w", err)
	}
	return nil
}

// maxState is the largest state of a program in bytes.
const maxState = 64 << 10

// Save stores bytes of the program, at most 64 KiB, in place of those stored before. It
// returns when the servers have them, and keeps trying until ctx ends. The error matches
// [ErrNotOwner] or [ErrStranded] if this worker does not have the call any more; the
// context of Run has ended then.
func (j *Job) Save(ctx context.Context, state []byte) error {
	if len(state) > maxState {
		return fmt.Errorf("%w: the state has %d bytes, at most %d are allowed", ErrTooLarge, len(state), maxState)
	}
	state = append([]byte(nil), state...)
	return j.write(ctx, maxProgram, func(e *entry) { e.State = state })
}

// SaveJSON saves v as Restore decodes it.
func (j *Job) SaveJSON(ctx context.Context, v any) error {
	state, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("fleet: save the state: %w", err)
	}
	return j.Save(ctx, state)
}
