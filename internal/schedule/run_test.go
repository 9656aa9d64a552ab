package schedule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/socket"
)

// run plays one plan and keeps what its program knows: what it asked for, what it was
// told, and what became of each send.
type run struct {
	t     *testing.T
	plan  *plan
	srv   *realtimetest.Server
	s     *realtime.Session
	begin time.Time

	dials atomic.Int64
	begun atomic.Int64    // writes
	fates [8]atomic.Int64 // by socket.Fate
	ends  atomic.Int64
	over  atomic.Bool // The schedule has ended the session.

	mu       sync.Mutex // guards what follows
	wrong    []string
	book     book
	audio    uint32          // the next number
	skipped  map[uint32]bool // numbers of audio that was taken out
	receipts map[string]realtime.Receipt
	taken    map[string]bool // by event id
	claims   []string        // event ids of requests that failed with ErrTaken
}

const (
	closeTimeout = 5 * time.Second
	longest      = time.Hour // No call that is answered takes as long.
)

func newRun(t *testing.T, p *plan) *run {
	t.Helper()
	r := &run{
		t: t, plan: p, book: newBook(), skipped: map[uint32]bool{},
		receipts: map[string]realtime.Receipt{}, taken: map[string]bool{},
	}
	r.srv = realtimetest.New(r.serverConfig())
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: r.srv.URL, DialContext: r.srv.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(t, err)
	o := &realtime.Options{PingInterval: -1, CloseTimeout: closeTimeout, Taps: []*realtime.Tap{{
		Sending: func(string, []byte) { r.begun.Add(1) },
		Sent:    func(_ string, _ int, fate socket.Fate) { r.fates[fate].Add(1) },
		Ended:   func(error) { r.ends.Add(1) },
		Dialed:  func(time.Duration, error) { r.dials.Add(1) },
	}}}
	if p.Session.Ping {
		o.PingInterval, o.PingTimeout = 10*time.Second, 5*time.Second
	}
	if p.Session.Reconnect {
		o.Reconnect = &realtime.Reconnect{Attempts: 9, InitialDelay: 500 * time.Millisecond, MaxDelay: 4 * time.Second}
	}
	r.s, err = client.Connect(t.Context(), realtime.Model("m"), o)
	if err != nil {
		return r // A stall before the greeting lasts, and there is no session to test.
	}
	return r
}

func (r *run) serverConfig() *realtimetest.Config {
	// The client alone pings: in memory, two pings at the same moment wait for each other.
	cfg := &realtimetest.Config{NoRateLimits: true, PingInterval: -1, Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Returned("f"), Do: []realtimetest.Step{realtimetest.Say{Text: "It is done."}}},
		{When: realtimetest.Said("tool"), Do: []realtimetest.Step{
			realtimetest.Call{Name: "f", Arguments: `{"n":1}`}, realtimetest.Call{Name: "f", Arguments: `{"n":2}`},
		}},
		{Do: []realtimetest.Step{realtimetest.Say{Text: "This is an answer of some words."}}},
	}}}
	if r.plan.Session.Paced {
		cfg.Pace = 10
	}
	for _, f := range r.plan.Faults {
		fault := realtimetest.Fault{Conn: f.Conn, Nth: f.Frame}
		if f.Frame > 0 {
			fault.At = func(realtimetest.Entry) bool { return true }
		}
		switch f.Do {
		case "hang up":
			fault.Do = realtimetest.HangUp{}
		case "cut":
			fault.Do = realtimetest.Cut{}
		case "stall":
			fault.Do = realtimetest.Stall(time.Duration(f.MS) * time.Millisecond)
		default:
			fault.Do = realtimetest.Deny{Status: 503}
		}
		cfg.Script.Faults = append(cfg.Script.Faults, fault)
	}
	return cfg
}

// violate notes what is wrong.
func (r *run) violate(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.note(format, args...)
}

// note is violate under the lock.
func (r *run) note(format string, args ...any) {
	if len(r.wrong) < 20 {
		r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
	}
}

func (r *run) play() {
	defer r.srv.Close()
	if r.s == nil {
		return
	}
	r.begin = time.Now()
	var senders, receivers sync.WaitGroup
	r.receive(&receivers)
	for w := range workers + 1 {
		senders.Go(func() {
			for _, s := range r.plan.Steps {
				if s.Worker == w {
					r.until(s.At)
					r.step(s)
				}
			}
		})
	}
	senders.Wait()
	if !r.over.Load() {
		r.quiet()
	}
	closed := r.within("the last Close", closeTimeout, r.s.Close)
	receivers.Wait()
	r.srv.Close()
	r.judge(closed)
}

// until waits for a time of the schedule, or the end of the session.
func (r *run) until(ms int) {
	timer := time.NewTimer(time.Until(r.begin.Add(time.Duration(ms) * time.Millisecond)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.s.Done():
	}
}

// quiet lets everything end. If the session has to live, it has to work.
func (r *run) quiet() {
	time.Sleep(3 * time.Minute)
	for n := range 9 {
		item := api.UserText("end")
		item.ID = new(fmt.Sprintf("end%d", n))
		ctx, cancel := context.WithTimeout(context.Background(), longest)
		_, err := r.s.Request(ctx, &api.ConversationItemCreate{EventID: new(fmt.Sprintf("e_end%d", n)), Item: item})
		cancel()
		if err != nil {
			if r.plan.Session.Reconnect || len(r.plan.Faults) == 0 {
				r.violate("the session does not work any more: %v (%v)", err, r.s.Err())
			}
			return
		}
		dials := r.dials.Load()
		time.Sleep(3 * time.Minute) // The last frame may have been the one.
		if r.dials.Load() == dials && r.s.Err() == nil {
			r.mu.Lock()
			r.book.end = *item.ID
			r.mu.Unlock()
			return
		}
	}
	if r.plan.Session.Reconnect {
		r.violate("the session does not come to rest: %v", r.s.Err())
	}
}

// within runs a call that must return within a bound.
func (r *run) within(what string, bound time.Duration, call func() error) error {
	start := time.Now()
	stuck := time.AfterFunc(10*longest, func() { panic(what + " hangs") })
	defer stuck.Stop()
	err := call()
	if took := time.Since(start); took > bound+time.Millisecond {
		r.violate("%s took %s, not %s: %v", what, took, bound, err)
	}
	return err
}

// receive starts the receiver.
func (r *run) receive(wg *sync.WaitGroup) {
	if r.plan.Session.Responses {
		responses := r.s.Responses(context.Background())
		wg.Go(func() {
			for response, err := range responses {
				if err == nil {
					_, _ = io.Copy(io.Discard, response.Audio(context.Background()))
				}
			}
		})
	}
	switch r.plan.Session.Receiver {
	case "discard":
		r.s.Discard()
	case "events":
		wg.Go(func() {
			for e, err := range r.s.Events(context.Background()) {
				if err == nil {
					r.take(e)
				}
			}
		})
	case "recv":
		wg.Go(r.recv)
	default:
		m := realtime.NewMux()
		m.HandleAll(func(_ context.Context, _ *realtime.Session, e api.ServerEvent) error { r.take(e); return nil })
		m.OnServerError(func(context.Context, *realtime.Session, *realtime.ServerError) error { return nil })
		wg.Go(func() { _ = m.Run(context.Background(), r.s) })
	}
}

// recv receives with contexts that end.
func (r *run) recv() {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 70*time.Millisecond)
		e, err := r.s.Recv(ctx)
		cancel()
		switch {
		case err == nil:
			r.take(e)
		case errors.Is(err, context.DeadlineExceeded):
		default:
			return
		}
	}
}

// take is the receiver's program: it answers function calls.
func (r *run) take(e api.ServerEvent) {
	time.Sleep(time.Duration(r.plan.Session.Slow) * time.Millisecond)
	r.mu.Lock()
	r.take1(e)
	r.mu.Unlock()
	done, ok := e.(*api.ResponseOutputItemDone)
	if !ok {
		return
	}
	call, ok := done.Item.(*api.FunctionCall)
	if !ok {
		return
	}
	item := &api.FunctionCallOutput{ID: new("out_" + call.CallID), CallID: call.CallID, Output: "done"}
	event := &api.ConversationItemCreate{EventID: new("e_out_" + call.CallID), Item: item}
	if err := r.s.Send(context.Background(), event); err == nil {
		r.mu.Lock()
		r.book.outputs[*item.ID] = call.CallID
		r.mu.Unlock()
	}
}
