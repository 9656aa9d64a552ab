package attack

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

// account is what taps, receipts and TakeUnsent say of the sends of one session.
type account struct {
	begun atomic.Int64    // writes
	fates [8]atomic.Int64 // by socket.Fate
	ends  atomic.Int64

	armed    atomic.Bool   // Connect has returned.
	redialed chan struct{} // Closed at the first dial after Connect.
	once     sync.Once     // Closes redialed.

	mu       sync.Mutex // guards what follows
	receipts map[string]realtime.Receipt
	taken    map[string]bool // by event id
	skipped  map[uint32]bool // numbers of audio that was taken
}

func newAccount() *account {
	return &account{
		redialed: make(chan struct{}),
		receipts: map[string]realtime.Receipt{}, taken: map[string]bool{}, skipped: map[uint32]bool{},
	}
}

func (a *account) tap() *realtime.Tap {
	return &realtime.Tap{
		Sending: func(string, []byte) { a.begun.Add(1) },
		Sent:    func(_ string, _ int, fate socket.Fate) { a.fates[fate].Add(1) },
		Ended:   func(error) { a.ends.Add(1) },
		Dialed: func(time.Duration, error) {
			if a.armed.Load() {
				a.once.Do(func() { close(a.redialed) })
			}
		},
	}
}

// keep notes a receipt.
func (a *account) keep(r realtime.Receipt, err error) {
	if err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.receipts[r.ID] = r
}

// take takes the unsent events out of a session.
func (a *account) take(s ending) {
	list := s.TakeUnsent()
	tally.add("events taken", len(list))
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range list {
		a.taken[e.ID] = true
		var piece struct{ Audio []byte }
		if err := json.Unmarshal(e.Message, &piece); err != nil {
			continue
		}
		for b := piece.Audio; len(b) >= 4; b = b[4:] {
			a.skipped[binary.LittleEndian.Uint32(b)] = true
		}
	}
}

// ending is what sessions of all kinds have for their end.
type ending interface {
	Close() error
	CloseWith(code int, reason string) error
	Abort(cause error) error
	Flush(ctx context.Context) error
	Done() <-chan struct{}
	Context() context.Context
	Err() error
	CloseStatus() *socket.CloseError
	TakeUnsent() []socket.UnsentEvent
}

// check holds that every send of a session that has ended had one fate, and that all
// who name it agree. Closed is what Close returned, arrived the ids of the events that
// servers have (nil if they are not known), and removed how many events reconnections
// have taken out of the send queue (negative if that is not known).
func (a *account) check(f *front, s ending, closed error, arrived map[string]int, removed int) {
	t, name := f.t, fmt.Sprintf("front %d", f.number)
	a.mu.Lock()
	defer a.mu.Unlock()
	written, uncertain, unsent := a.fates[socket.Written].Load(), a.fates[socket.Uncertain].Load(), a.fates[socket.Unsent].Load()
	tally.add("sends: written", int(written))
	tally.add("sends: uncertain", int(uncertain))
	tally.add("sends: unsent", int(unsent))
	tally.add("receipts", len(a.receipts))
	assert.Equal(t, a.begun.Load(), written+uncertain, "%s: a write without an end", name)
	assert.EqualValues(t, 1, a.ends.Load(), "%s: how often it ended", name)

	lost, _ := errors.AsType[*socket.UnsentError](closed)
	if lost == nil {
		lost = &socket.UnsentError{}
	}
	gone, doubtful := map[string]bool{}, map[string]bool{}
	for _, o := range lost.Unsent {
		gone[o.ID] = true
	}
	for _, o := range lost.Uncertain {
		doubtful[o.ID] = true
	}
	for id, r := range a.receipts {
		fate := r.Fate()
		assert.NotEqual(t, socket.Pending, fate, "%s: %s after the end", name, id)
		assert.False(t, gone[id] && fate != socket.Unsent, "%s: %s is listed as unsent, and %v", name, id, fate)
		assert.False(t, a.taken[id] && fate != socket.Unsent, "%s: %s was taken, and is %v", name, id, fate)
		assert.False(t, doubtful[id] && fate != socket.Uncertain, "%s: %s is listed as uncertain, and %v", name, id, fate)
		assert.False(t, fate == socket.Unsent && arrived[id] > 0, "%s: %s is unsent, and arrived", name, id)
	}
	for id := range a.taken {
		gone[id] = true
	}
	for id := range gone {
		assert.Zero(t, arrived[id], "%s: %s was not sent, and arrived", name, id)
	}
	if removed >= 0 {
		assert.EqualValues(t, len(gone)+removed, unsent, "%s: %v", name, lost)
	}
	f.checkEnded(s, gone)
}

// checkEnded holds that a session that has ended answers at once.
func (f *front) checkEnded(s ending, unsent map[string]bool) {
	select {
	case <-s.Done():
	default:
		assert.Fail(f.t, "Close returned, and Done is open")
	}
	before := s.Err()
	assert.Error(f.t, before)
	assert.Error(f.t, s.Context().Err())
	assert.NotNil(f.t, s.CloseStatus())
	for what, call := range map[string]func() error{
		"Flush": func() error { return s.Flush(context.Background()) },
		"Abort": func() error { return s.Abort(errAborted) },
		"Close": s.Close,
	} {
		_ = f.within(0, what+" after the end", call)
	}
	assert.Equal(f.t, before, s.Err(), "the end changed")
	for _, e := range s.TakeUnsent() {
		assert.True(f.t, unsent[e.ID], "%s %s can be taken, and was not unsent", e.Type, e.ID)
	}
	assert.Empty(f.t, s.TakeUnsent(), "taken twice")
}

// end ends a session in the midst of its work, at some time or in an outage.
func (f *front) end(ctx context.Context, a *account, s ending) {
	rng := f.stream(7)
	outage := rng.IntN(2) == 0
	if outage {
		select {
		case <-a.redialed:
			tally.add("ended in an outage", 1)
		case <-ctx.Done():
		case <-s.Done():
		}
		f.sleep(ctx, rng, f.unit()/10)
	} else {
		f.sleep(ctx, rng, 60*f.unit())
	}
	abort := func() { _ = f.within(0, "Abort", func() error { return s.Abort(errAborted) }) }
	shut := func() { _ = f.within(f.opts.CloseTimeout, "Close beside senders", s.Close) }
	switch rng.IntN(4) {
	case 0:
		abort()
	case 1:
		shut()
	case 2:
		_ = f.within(f.opts.CloseTimeout, "CloseWith", func() error { return s.CloseWith(4000+rng.IntN(1000), "enough") })
	default:
		var wg sync.WaitGroup
		wg.Go(shut)
		wg.Go(func() {
			f.sleep(context.Background(), rng, f.unit())
			abort()
		})
		wg.Wait()
	}
}

var errAborted = errors.New("aborted")
