package voice

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
)

var schedules = flag.Int("schedules", 0, "random schedules of the bridge; 0: 100, or 30 with -short")

// perTest returns how many random schedules a test of the bridge plays.
func perTest() int {
	switch {
	case *schedules > 0:
		return *schedules
	case testing.Short():
		return 30
	default:
		return 100
	}
}

// TestBridgeInRandomSchedules runs a bridge between a server whose model speaks in
// deltas of any size and speed, in items of one part or several, whose user speaks at any
// moment and whose connection breaks, and a line that returns marks late or never, clears as
// carriers do, stalls and blocks, as it says or not; beside a program that interrupts, once
// or twice. A failure names the seed and prints what happened: go test -run 'BridgeInRandomSchedules/seed_7$' plays it again.
func TestBridgeInRandomSchedules(t *testing.T) {
	t.Parallel()
	for seed := range perTest() {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { trial(t, uint64(seed)) })
		})
	}
}

// trialLength is how long things begin to happen in a schedule.
const trialLength = 20 * time.Second

// trialPlan is what is particular to a schedule.
type trialPlan struct {
	session, line audio.Format
	evidence      Evidence
	room, lies    bool // the line tells how much room it has, and not always the truth
	every         time.Duration
	strict        bool
	stalls        bool
	exact         bool // marks come every 100 ms, in time: little may be understated
	tapped        bool
	stopsOnly     bool // the tap looks at what is stopped, and at nothing else
	cuts          int
}

// over returns what a bridge sees of a line.
func (p trialPlan) over(l *trialLine) Line {
	switch {
	case p.evidence == ByDevice && p.room:
		return trialDeviceRoom{trialDevice{l}, p.lies}
	case p.evidence == ByDevice:
		return trialDevice{l}
	case p.evidence == ByClock && p.room:
		return trialClockRoom{trialClock{l}, l, p.lies}
	case p.evidence == ByClock:
		return trialClock{l}
	default:
		return l
	}
}

// tolerance is how far apart the same sound may be in two formats.
func (p trialPlan) tolerance() time.Duration {
	if p.session == p.line {
		return 0
	}
	return 3 * time.Millisecond
}

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

func newTrialPlan(rng *rand.Rand) trialPlan {
	p := trialPlan{
		session: pick(rng, audio.PCM24k, audio.ULaw, audio.ALaw),
		line:    pick(rng, audio.PCM8k, audio.PCM16k, audio.PCM24k, audio.PCM48k, audio.ULaw, audio.ALaw),
		every:   pick(rng, 60*time.Millisecond, 100*time.Millisecond, 200*time.Millisecond),
		cuts:    rng.IntN(3),
	}
	p.room, p.lies = rng.IntN(3) > 0, rng.IntN(3) == 0
	switch rng.IntN(8) {
	case 0, 6:
		p.evidence = ByDevice
		p.stalls = rng.IntN(2) == 0
	case 1, 7:
		p.evidence = ByClock
	case 2:
		p.evidence, p.strict, p.stalls = ByMark, true, true
	case 3, 4:
		p.evidence, p.exact, p.every = ByMark, true, 100*time.Millisecond
	default:
		p.evidence = ByMark
	}
	p.tapped, p.stopsOnly = rng.IntN(2) == 0, rng.IntN(2) == 0
	return p
}

func trial(t *testing.T, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 16))
	plan := newTrialPlan(rng)
	line := newTrialLine(plan.session, plan.line, rand.New(rand.NewPCG(seed, 17)))
	line.OnClear = pick(rng, ClearReturnsMarks, ClearDropsMarks, ClearIgnoresMarks)
	line.delay = 50 * time.Millisecond
	line.buffer = pick(rng, 0, 0, 400*time.Millisecond, 2*time.Second)
	if !plan.exact {
		line.slow = pick(rng, 0, 30*time.Millisecond)
	}
	if plan.evidence == ByMark && !plan.exact {
		line.lost = pick(rng, 0, 0.1, 1)
		line.delay = pick(rng, 0, 100*time.Millisecond, 2*time.Second)
	}
	w := &trialServer{
		t: t, plan: plan, format: plan.session, line: line, rng: rand.New(rand.NewPCG(seed, 18)),
		until: time.Now().Add(trialLength), items: map[string]*trialItem{}, cuts: plan.cuts,
	}
	network := peer.Serve(t, w.serve)
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: network.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(t, err)
	s, err := client.Connect(t.Context(), realtime.Model("m"), &realtime.Options{
		PingInterval: -1, Reconnect: &realtime.Reconnect{MaxAge: -1, InitialDelay: 100 * time.Millisecond},
	})
	require.NoError(t, err)
	b, err := NewBridge(s, plan.over(line), &BridgeOptions{
		Formats: &Formats{In: plan.session, Out: plan.session}, MarkEvery: plan.every, MarksOnly: plan.strict,
		Ahead: pick(rng, 0, 500*time.Millisecond), Taps: w.taps(),
	})
	require.NoError(t, err)
	w.run(b, seed)
	if t.Failed() {
		t.Logf("seed %d, %+v, %+v, lost %v, delay %v, buffer %v, slow %v\n%s", seed, plan, line.OnClear, line.lost, line.delay, line.buffer, line.slow, strings.Join(w.trace, "\n"))
	}
	assert.NoError(t, s.Close())
}

// run runs the bridge and the program, until everything has come to rest.
func (w *trialServer) run(b *Bridge, seed uint64) {
	t := w.t
	var wg, collecting sync.WaitGroup
	utterances, turns := b.Utterances(t.Context()), b.Turns(t.Context())
	heard, inTurns := map[string]*Utterance{}, map[string]int{}
	collecting.Go(func() {
		for u, err := range utterances {
			assert.NoError(t, err)
			w.mu.Lock()
			w.over(u)
			w.mu.Unlock()
			heard[u.ResponseID] = u
		}
	})
	collecting.Go(func() {
		for turn, err := range turns {
			assert.NoError(t, err)
			for _, u := range turn.Utterances {
				inTurns[u.ResponseID]++
			}
		}
	})
	ran := make(chan error, 1)
	go func() { ran <- b.Run(t.Context()) }()
	go w.line.listen()
	wg.Go(func() { w.program(b, rand.New(rand.NewPCG(seed, 19))) })
	wg.Wait()
	time.Sleep(time.Until(w.until) + 30*time.Second)
	rest := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		rest <- b.PlayOut(ctx)
	}()
	synctest.Wait()
	select {
	case err := <-rest:
		assert.NoError(t, err)
	default:
		t.Error("the bridge has not come to rest")
	}
	w.line.Leave()
	assert.NoError(t, <-ran)
	collecting.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.judge(heard, inTurns)
}

// program interrupts, and waits for silence.
func (w *trialServer) program(b *Bridge, rng *rand.Rand) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for time.Now().Before(w.until) {
		time.Sleep(time.Duration(10+rng.IntN(4000)) * time.Millisecond)
		if rng.IntN(3) == 0 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(w.t.Context(), trialLength+time.Minute)
				defer cancel()
				if err := b.PlayOut(ctx); err != nil && !errors.Is(err, ErrInterrupted) {
					w.t.Errorf("PlayOut: %v", err)
				}
			})
			continue
		}
		for range 1 + rng.IntN(2) {
			ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
			h, err := b.Interrupt(ctx)
			cancel()
			w.mu.Lock()
			w.note("Interrupt: %+v, %v", h, err)
			if err != nil && !errors.Is(err, realtime.ErrReplaced) && !errors.Is(err, realtime.ErrNoAnswer) {
				w.fail("Interrupt: %v", err)
			}
			w.mu.Unlock()
		}
	}
}

// over takes an utterance that is over.
func (w *trialServer) over(u *Utterance) {
	w.note("over: %+v", *u)
	for _, r := range w.responses {
		if r.id == u.ResponseID {
			r.over++
			r.overAt = time.Now()
			if r.over > 1 {
				w.fail("response %s is over twice", r.id)
			}
			return
		}
	}
	w.fail("response %s is not known", u.ResponseID)
}

// judge compares what is known at the end.
func (w *trialServer) judge(heard map[string]*Utterance, inTurns map[string]int) {
	for _, r := range w.responses {
		u := heard[r.id]
		if r.ended && u == nil {
			w.fail("response %s is never over", r.id)
		}
		if want := min(r.over, 1); !r.beside && inTurns[r.id] != want || r.beside && inTurns[r.id] != 0 {
			w.fail("response %s is in %d turns", r.id, inTurns[r.id])
		}
		if u == nil {
			continue
		}
		for _, h := range u.Heard {
			w.judgeHeard(h, u.Cut)
		}
		w.judgeTimes(r, u)
		w.judgeTapped(u)
	}
	known := map[*trialPart]Heard{}
	for _, u := range heard {
		for _, h := range u.Heard {
			known[w.part(h.Item, h.Content)] = h
		}
	}
	for _, p := range w.parts {
		w.judgePart(p, known)
	}
}

// judgePart compares what became of a part with what the server was told.
func (w *trialServer) judgePart(p *trialPart, known map[*trialPart]Heard) {
	truth, sent := w.line.heardOf(p.n), w.format.Duration(p.sent)
	// A frame on its way to a slow line is played until the line is cleared once more.
	if limit, ok := w.line.limitOf(p.n); ok && limit > w.plan.tolerance() && truth > limit+w.line.slow+w.plan.tolerance() && truth < sent {
		w.fail("%v was stopped after %v, and %v of it were heard", p, limit, truth)
	}
	switch {
	case p.item.old || p.item.beside:
	case p.item.deleted && known[p].Sound >= time.Millisecond:
		w.fail("%v was known to be heard for %v, and its item was deleted", p, known[p].Sound)
	case p.item.deleted || p.amended || sent-truth <= w.plan.tolerance():
	case known[p].Sound < time.Millisecond && slices.ContainsFunc(p.item.parts, func(q *trialPart) bool { return q != p && known[q].Sound > 0 }):
		// No event takes a part from an item.
	default:
		w.fail("%v: %v of %v were heard, and the server was told nothing", p, truth, sent)
	}
}

func (w *trialServer) judgeHeard(h Heard, cut bool) {
	p := w.part(h.Item, h.Content)
	if p == nil {
		w.fail("%+v is of no part", h)
		return
	}
	truth := w.line.heardOf(p.n)
	switch {
	case h.Sound > truth+w.plan.tolerance():
		w.fail("%v was heard for %v, not for %v", p, truth, h.Sound)
	case w.plan.exact && truth-h.Sound > understated+w.plan.tolerance():
		w.fail("%v was heard for %v, not only for %v", p, truth, h.Sound)
	case h.All && truth+w.plan.tolerance() < h.Received:
		w.fail("%v was heard for %v, not all of %v", p, truth, h.Received)
	case !h.All && !cut:
		w.fail("%v was not heard to its end, and is not cut", p)
	}
}

// judgeTimes compares when an answer was known to be heard with when it was. Marks come back
// when they like.
func (w *trialServer) judgeTimes(r *trialResponse, u *Utterance) {
	if w.plan.evidence == ByMark || len(u.Heard) == 0 {
		return
	}
	begin, end := w.line.spanOf(w.part(u.Heard[0].Item, u.Heard[0].Content).n).first, r.endedAt
	for _, h := range u.Heard {
		end = later(end, w.line.spanOf(w.part(h.Item, h.Content).n).last)
	}
	if late := u.FirstHeard.Sub(begin); !u.FirstHeard.IsZero() && !begin.IsZero() && late > w.plan.late() {
		w.fail("response %s was first heard at %v, which was known %v later", r.id, begin, late)
	}
	if late := r.overAt.Sub(end); !u.Cut && late > w.plan.late() {
		w.fail("response %s was heard to its end, which was known %v later", r.id, late)
	}
}

// late is how much later than it is true something may be known.
func (p trialPlan) late() time.Duration {
	late := 150 * time.Millisecond
	if p.evidence == ByClock {
		late *= 2 // Latency is 150 ms.
	}
	if p.lies {
		late += 700 * time.Millisecond // Nothing is counted during a Play that blocks, for a piece and a stall.
	}
	return late
}

// partID is how the bridge names a part.
type partID struct {
	item    string
	content int
}

// tapped is what a tap has seen of a part.
type tapped struct {
	heard, stopped time.Duration
	stops          int
}

// taps returns what observes the bridge, if something does.
func (w *trialServer) taps() []*Tap {
	if !w.plan.tapped {
		return nil
	}
	w.seen = map[partID]tapped{}
	tap := &Tap{
		Heard: func(p Played) {
			id := partID{p.Item, p.Content}
			x := w.seen[id]
			if p.From != x.heard || p.To <= p.From || x.stops > 0 || p.At != time.Now() {
				w.t.Errorf("after %+v of a part a tap has %+v", x, p)
			}
			x.heard = p.To
			w.seen[id] = x
		},
		Stopped: func(h Heard) {
			id := partID{h.Item, h.Content}
			x := w.seen[id]
			x.stops++
			x.stopped = h.Sound
			w.seen[id] = x
		},
	}
	if w.plan.stopsOnly {
		tap.Heard = nil
	}
	return []*Tap{tap}
}

// judgeTapped compares what a tap has seen with what became of an answer.
func (w *trialServer) judgeTapped(u *Utterance) {
	if !w.plan.tapped {
		return
	}
	for _, h := range u.Heard {
		x, stops := w.seen[partID{h.Item, h.Content}], 1
		if h.All {
			stops = 0
		}
		unseen := h.Sound - x.heard
		if x.stops != stops || stops > 0 && x.stopped != h.Sound || h.All && !w.plan.stopsOnly && unseen > w.plan.tolerance() {
			w.fail("a tap has seen %+v, not %+v", x, h)
		}
	}
}
