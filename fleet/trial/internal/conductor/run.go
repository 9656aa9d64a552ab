package conductor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
	"github.com/voicelane/realtime-go/fleet/trial/internal/proc"
)

// Run rings, does to the workers what the plan says, ends the calls and waits for that.
func (t *Trial) Run(ctx context.Context) error {
	var callers sync.WaitGroup
	defer callers.Wait()
	defer t.Vendor.EndCalls()
	var failed failures
	t.enter("callers arrive")
	arrived := make(chan struct{})
	go func() {
		defer close(arrived)
		pause := t.Plan.ArriveWithin / time.Duration(max(t.Plan.Calls, 1))
		for range t.Plan.Calls {
			callers.Go(func() { failed.add(t.Vendor.Call(ctx, time.Hour, false)) })
			if wait(ctx, pause) != nil {
				return
			}
		}
	}()
	<-arrived
	if err := t.hold(ctx); err != nil {
		return err
	}
	chaos, calm := context.WithCancel(ctx)
	passing := make(chan struct{})
	go func() {
		defer close(passing)
		t.passers(chaos, ctx, &callers, &failed)
	}()
	err := t.torment(ctx)
	calm()
	<-passing
	if err != nil {
		return err
	}
	t.enter("callers finish")
	t.Vendor.EndCalls()
	callers.Wait()
	return failed.err()
}

// passers are callers that come and go until chaos ends.
func (t *Trial) passers(chaos, ctx context.Context, callers *sync.WaitGroup, failed *failures) {
	if t.Plan.Short == 0 {
		return
	}
	span := t.Plan.KillEvery * time.Duration(t.Plan.Kills+2)
	for range t.Plan.Short {
		if wait(chaos, span/time.Duration(t.Plan.Short)) != nil {
			return
		}
		callers.Go(func() { failed.add(t.Vendor.Call(ctx, 10*time.Second, true)) })
	}
}

// torment kills, freezes and deploys.
func (t *Trial) torment(ctx context.Context) error {
	var restarts sync.WaitGroup
	var failed failures
	for i := range t.Plan.Kills {
		if err := wait(ctx, t.between(t.Plan.KillEvery/4, t.Plan.KillEvery*7/4)); err != nil {
			return err
		}
		s := t.victim()
		if s == nil {
			continue // All are dead or frozen.
		}
		t.Timeline.Add(books.Kill, s.proc.Name)
		t.enter(fmt.Sprintf("kill %d of %d: %s; its calls wait until its lease ends", i+1, t.Plan.Kills, s.proc.Name))
		t.set(s.member, Killed)
		s.proc.Kill()
		pause := t.between(200*time.Millisecond, 2*time.Second)
		restarts.Go(func() { failed.add(t.restart(ctx, s, pause)) })
	}
	restarts.Wait()
	if err := failed.err(); err != nil {
		return err
	}
	if t.Plan.Kills > 0 {
		if err := wait(ctx, t.Plan.Lease+time.Second); err != nil {
			return err
		}
	}
	if t.Plan.KillNode {
		if err := t.killNode(ctx); err != nil {
			return err
		}
	}
	if t.Plan.Freeze {
		if err := t.freeze(ctx); err != nil {
			return err
		}
	}
	return t.deploy(ctx)
}

// between returns a random duration.
func (t *Trial) between(least, most time.Duration) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return least + time.Duration(t.random.Int64N(int64(most-least)+1))
}

// victim returns the place of a random worker that lives.
func (t *Trial) victim() *slot {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, i := range t.random.Perm(len(t.slots)) {
		if s := t.slots[i]; s.state == Up {
			return s
		}
	}
	return nil
}

// restart starts a worker in a place after a pause.
func (t *Trial) restart(ctx context.Context, s *slot, pause time.Duration) error {
	if err := wait(ctx, pause); err != nil {
		return err
	}
	m, err := t.start(ctx)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s.member = m
	return nil
}

// freeze stops a worker for longer than its lease, and lets it go on.
func (t *Trial) freeze(ctx context.Context) error {
	s := t.victim()
	if s == nil {
		return errors.New("no worker to freeze")
	}
	t.enter(s.proc.Name + " is frozen for longer than its lease")
	p := s.proc
	t.set(s.member, Frozen)
	t.Vendor.Watch(p.Name, true)
	t.Timeline.Add(books.Freeze, p.Name)
	p.Freeze()
	err := wait(ctx, t.Plan.Lease+2*time.Second)
	t.Timeline.Add(books.Wake, p.Name)
	p.Wake()
	t.set(s.member, Up)
	if err != nil {
		return err
	}
	err = wait(ctx, 2*time.Second)
	t.Vendor.Watch(p.Name, false)
	return err
}

// killNode kills a NATS server, starts it again after a while, and gives it time to catch
// up.
func (t *Trial) killNode(ctx context.Context) error {
	i := int(t.between(0, time.Duration(len(t.nodes)-1)))
	t.mu.Lock()
	node := t.nats[i]
	t.mu.Unlock()
	t.enter(node.Name + " is killed")
	t.Timeline.Add(books.Outage, node.Name)
	node.Kill()
	if err := wait(ctx, t.Plan.Lease); err != nil {
		return err
	}
	p, err := proc.Start(ctx, NATSRole, node.Name, &t.nodes[i], t.Plan.Log)
	if err != nil {
		return err
	}
	t.Timeline.Add(books.Start, node.Name)
	t.mu.Lock()
	t.nats[i] = p
	t.mu.Unlock()
	return wait(ctx, t.Plan.Lease)
}

// deploy replaces workers one after another, the busiest first: the new one comes before
// the old one goes.
func (t *Trial) deploy(ctx context.Context) error {
	for i, s := range t.busiest(t.Plan.Deploys) {
		t.enter(fmt.Sprintf("deploy %d of %d: %s hands its calls over", i+1, t.Plan.Deploys, s.proc.Name))
		m, err := t.start(ctx)
		if err != nil {
			return err
		}
		t.mu.Lock()
		old := s.member
		s.member = m
		t.mu.Unlock()
		t.Timeline.Add(books.Deploy, old.proc.Name)
		t.set(old, Draining)
		old.proc.Terminate()
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		err = old.proc.Wait(ctx)
		cancel()
		if err != nil {
			return err
		}
	}
	return wait(ctx, time.Second)
}

// busiest returns the places of the n workers that hold most calls.
func (t *Trial) busiest(n int) []*slot {
	held := map[string]int{}
	for _, w := range t.Snapshot().Workers {
		held[w.Name] = w.Held
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	slots := slices.SortedFunc(slices.Values(t.slots), func(a, b *slot) int {
		return held[b.proc.Name] - held[a.proc.Name]
	})
	return slots[:min(n, len(slots))]
}

// failures collects the first error.
type failures struct {
	mu    sync.Mutex
	first error // guarded by mu
}

func (f *failures) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.first == nil {
		f.first = err
	}
}

func (f *failures) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.first
}

// wait waits for d or the end of ctx.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
