// Package conductor runs a trial: it starts the processes, rings, kills, freezes and
// deploys, and waits for the end of all calls.
package conductor

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
	"github.com/voicelane/realtime-go/fleet/trial/internal/natsd"
	"github.com/voicelane/realtime-go/fleet/trial/internal/proc"
	"github.com/voicelane/realtime-go/fleet/trial/internal/vendor"
	"github.com/voicelane/realtime-go/fleet/trial/internal/worker"
)

// The names of the roles.
const (
	NATSRole   = "nats"
	WorkerRole = "worker"
)

// Roles are the roles of a trial's processes.
var Roles = map[string]proc.Role{NATSRole: natsd.Run, WorkerRole: worker.Run}

// Plan is a trial.
type Plan struct {
	// Calls is the number of calls that live until the end, Short of those that come and
	// go meanwhile. ArriveWithin is how long the arrivals of the first take.
	Calls, Short int
	ArriveWithin time.Duration
	// Workers is the number of workers, each with Capacity places.
	Workers, Capacity int
	Shards            int
	// Nodes is the number of NATS servers, KillNode asks for the end and the restart of one.
	Nodes    int
	KillNode bool
	// Kills is how many workers are killed, Deploys how many are replaced one after another.
	// Freeze asks for a frozen worker.
	Kills, Deploys int
	KillEvery      time.Duration // On average.
	Freeze         bool
	Lease          time.Duration
	// Hold is for how long the calls just talk, before anything is done to the workers.
	Hold time.Duration
	// ThinkLeast and ThinkMost bound the pauses of callers, EffectMost the time that an
	// order takes.
	ThinkLeast, ThinkMost, EffectMost time.Duration
	// Patience is how long callers wait for an answer; without GiveUp of them in a row they
	// hang up. With many kills it happens that each answer meets one.
	Patience time.Duration
	GiveUp   int
	// Plain runs workers without a fleet.
	Plain bool
	// Dir holds the files of the NATS server, Log gets what the processes write.
	Dir     string
	Log     io.Writer
	Verbose bool
	Seed    uint64
}

const secret = "whsec_dGhlIHRyaWFsJ3Mgc2VjcmV0LCBub2JvZHkncyBvd24=" //nolint:gosec // Of the simulation.

// Trial is a trial that runs.
type Trial struct {
	Plan     *Plan
	Vendor   *vendor.Vendor
	Timeline *books.Timeline

	nodes []natsd.Config // none with Plan.Plain

	mu     sync.Mutex
	nats   []*proc.Process // guarded by mu
	slots  []*slot         // guarded by mu; the workers by place
	all    []*member       // guarded by mu; every worker that was started
	random *rand.Rand      // guarded by mu
	phase  string          // guarded by mu
	load   *Load           // guarded by mu
}

// slot is a place for a worker. Deploys and restarts put another process there.
type slot struct{ *member }

// member is a worker.
type member struct {
	proc  *proc.Process
	state State     // guarded by Trial.mu
	since time.Time // guarded by Trial.mu
}

// State is what became of a worker.
type State string

// The states of a worker.
const (
	Up       State = "up"
	Frozen   State = "frozen"
	Draining State = "draining"
	Killed   State = "killed"
	Gone     State = "drained"
)

// New starts the vendor, the NATS server and the workers.
func New(ctx context.Context, p *Plan) (*Trial, error) {
	v, err := vendor.New(ctx, &vendor.Config{
		Secret: secret, Patience: p.Patience, GiveUp: p.GiveUp, Seed: p.Seed,
		ThinkLeast: p.ThinkLeast, ThinkMost: p.ThinkMost, EffectMost: p.EffectMost,
	})
	if err != nil {
		return nil, err
	}
	t := &Trial{
		Plan: p, Vendor: v, Timeline: &books.Timeline{}, phase: "starting",
		random: rand.New(rand.NewPCG(p.Seed, 0)), //nolint:gosec // A seed repeats a trial.
	}
	if !p.Plain {
		if err := t.startNATS(ctx); err != nil {
			t.Close()
			return nil, err
		}
	}
	for range p.Workers {
		w, err := t.start(ctx)
		if err != nil {
			t.Close()
			return nil, err
		}
		t.slots = append(t.slots, &slot{w})
	}
	return t, nil
}

// Close kills what still runs.
func (t *Trial) Close() {
	t.mu.Lock()
	all, nats := t.all, t.nats
	t.mu.Unlock()
	for _, m := range all {
		if m.proc != nil {
			m.proc.Kill()
		}
	}
	t.Vendor.Close()
	for _, n := range nats {
		if n != nil {
			n.Kill()
		}
	}
}

// startNATS starts the NATS servers.
func (t *Trial) startNATS(ctx context.Context) error {
	var err error
	if t.nodes, err = natsd.Cluster(ctx, max(t.Plan.Nodes, 1), t.Plan.Dir); err != nil {
		return err
	}
	t.nats = make([]*proc.Process, len(t.nodes)) // No other goroutine runs yet.
	var group errgroup.Group
	for i := range t.nodes {
		group.Go(func() (err error) {
			t.nats[i], err = proc.Start(ctx, NATSRole, t.nodes[i].Name, &t.nodes[i], t.Plan.Log)
			return err
		})
	}
	return group.Wait()
}

// start starts a worker. Its webhooks come as soon as it is there.
func (t *Trial) start(ctx context.Context) (*member, error) {
	t.mu.Lock()
	name := fmt.Sprintf("worker-%d", len(t.all)+1)
	m := &member{}
	t.all = append(t.all, m)
	t.mu.Unlock()
	cfg := &worker.Config{
		Name: name, APIURL: t.Vendor.URL, EffectsURL: t.Vendor.EffectsURL, Secret: secret,
		Lease: t.Plan.Lease, Capacity: t.Plan.Capacity, Shards: t.Plan.Shards, Verbose: t.Plan.Verbose,
	}
	var addresses []string
	for i := range t.nodes {
		addresses = append(addresses, fmt.Sprintf("nats://127.0.0.1:%d", t.nodes[i].Port))
	}
	cfg.NATSURL = strings.Join(addresses, ",")
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	p, err := proc.Start(ctx, WorkerRole, name, cfg, t.Plan.Log)
	if err != nil {
		return nil, err
	}
	t.Timeline.Add(books.Start, name)
	t.mu.Lock()
	m.proc = p
	t.mu.Unlock()
	t.set(m, Up)
	t.Vendor.Fronts.Add(p.Address)
	go func() {
		<-p.Done()
		t.Timeline.Add(books.Exit, name)
		t.Vendor.Fronts.Remove(p.Address)
		t.exited(m)
	}()
	return m, nil
}

// set changes the state of a worker.
func (t *Trial) set(m *member, s State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m.state, m.since = s, time.Now()
}

func (t *Trial) exited(m *member) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m.state == Draining {
		m.state, m.since = Gone, time.Now()
	}
}

func (t *Trial) enter(phase string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.phase = phase
}
