package fleet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet/internal/natsmodel"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// member is a worker's process.
type member struct {
	x      *play
	id     string
	conn   *natsmodel.Conn
	fleet  *Fleet
	rt     *realtime.Client
	client *calls.Client
	stop   context.CancelFunc
	worked chan error

	mu    sync.Mutex
	socks []net.Conn // guarded by mu
}

// start starts a worker in a place.
func (x *play) start(place int) *member {
	x.mu.Lock()
	id := fmt.Sprintf("w%d-%d", place, len(x.members))
	m := &member{x: x, id: id, conn: x.servers.Connect(id), worked: make(chan error, 1)}
	x.members = append(x.members, m)
	x.mu.Unlock()
	cfg, err := Config{URL: "x", Shards: 2}.withDefaults()
	require.NoError(x.t, err)
	m.fleet = &Fleet{
		cfg: cfg, names: names{cfg.Name, cfg.Shards}, nc: m.conn, js: m.conn.JetStream(), log: cfg.Logger,
		consumers: []jetstream.Consumer{m.conn.Consumer(0), m.conn.Consumer(1)}, calls: m.conn.States(), workers: m.conn.Beats(),
	}
	m.rt, err = realtime.NewClient(&realtime.Config{APIKey: id, BaseURL: x.vendor.URL, Proxy: realtime.NoProxy, DialContext: m.dial})
	require.NoError(x.t, err)
	m.client = calls.New(m.rt)
	ctx, stop := context.WithCancel(context.Background())
	m.stop = stop
	go func() {
		m.worked <- m.fleet.Work(ctx, m.client, &Worker{ID: id, Plan: m.plan, Ended: func(j *Job, err error) {
			x.note("%s has ended %s, epoch %d: %v", id, j.ID(), j.Epoch(), err)
		}})
	}()
	x.note("%s starts", id)
	return m
}

// kill ends the process as a crash does: what it does from now on has no effect.
func (m *member) kill() {
	m.conn.Set(natsmodel.Dead)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.socks {
		_ = c.Close()
	}
	m.stop()
}

// dial connects to the service, over a network that stalls and dies with the process.
func (m *member) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if m.conn.State() == natsmodel.Dead {
		return nil, errKilled
	}
	c, err := m.x.vendor.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.socks = append(m.socks, c)
	return &sock{c, m}, nil
}

type sock struct {
	net.Conn
	m *member
}

// pass waits while the network stalls. Only the servers are cut off, not the service.
func (s *sock) pass() error {
	s.m.conn.Pass()
	if s.m.conn.State() == natsmodel.Dead {
		return errKilled
	}
	return nil
}

func (s *sock) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if dead := s.pass(); dead != nil {
		return 0, dead
	}
	return n, err
}

func (s *sock) Write(p []byte) (int, error) {
	if dead := s.pass(); dead != nil {
		return 0, dead
	}
	return s.Conn.Write(p)
}

// plan runs the tools of a call's script.
func (m *member) plan(_ context.Context, j *Job) (*calls.Plan, error) {
	return &calls.Plan{
		Session: &api.RealtimeSessionConfig{Model: new(api.ModelGPTRealtime2_1)},
		Run: func(ctx context.Context, call *calls.Call) error {
			p, r := m.enter(j, call)
			defer m.leave(r)
			call.Session.Discard()
			return m.talk(ctx, j, p, call)
		},
	}, nil
}

// enter holds workers to it that no two steer a call.
func (m *member) enter(j *Job, call *calls.Call) (*played, *ran) {
	x := m.x
	x.mu.Lock()
	defer x.mu.Unlock()
	p, r := x.byID[j.ID()], &ran{m: m, epoch: j.Epoch(), call: call}
	x.noteLocked("%s runs %s, epoch %d", m.id, p.id, r.epoch)
	x.Runs++
	for _, o := range p.runs {
		if o.over || o.m == m || o.m.conn.State() == natsmodel.Dead || o.m.conn.State() == natsmodel.Stalled {
			continue
		}
		select {
		case <-o.call.Session.Done():
		default:
			if time.Now().After(x.excused) && m.conn.State() != natsmodel.Dead {
				x.breaks("%s and %s steer %s, epochs %d and %d", o.m.id, m.id, p.id, o.epoch, r.epoch)
			}
			x.Overlaps++
		}
	}
	p.runs = append(p.runs, r)
	return p, r
}

func (m *member) leave(r *ran) {
	m.x.mu.Lock()
	defer m.x.mu.Unlock()
	r.over = true
}

func (m *member) talk(ctx context.Context, j *Job, p *played, call *calls.Call) error {
	for i := range p.script.tools {
		if err := m.tool(ctx, j, p, strconv.Itoa(i)); err != nil {
			return err
		}
		select {
		case <-time.After(700 * time.Millisecond):
		case <-call.Session.Done():
			return call.Session.Err()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	hangUp := time.NewTimer(time.Hour)
	defer hangUp.Stop()
	if p.script.hangsUp {
		hangUp.Reset(time.Until(m.x.began.Add(p.script.at + p.script.length)))
	}
	select {
	case <-hangUp.C:
		m.x.mu.Lock()
		p.asked = true
		m.x.mu.Unlock()
		return calls.ErrHangUp
	case <-call.Session.Done():
		return call.Session.Err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// tool runs a Once func, whose effect is an act outside of the process.
func (m *member) tool(ctx context.Context, j *Job, p *played, id string) error {
	out, err := j.Once(ctx, id, func(ctx context.Context) ([]byte, error) {
		time.Sleep(100 * time.Millisecond)
		m.conn.Pass() // A frozen process has its effect late.
		if m.conn.State() == natsmodel.Dead {
			return nil, errKilled
		}
		m.x.mu.Lock()
		p.effects[id]++
		m.x.Effects++
		m.x.mu.Unlock()
		time.Sleep(300 * time.Millisecond)
		return []byte("done"), nil
	})
	m.x.mu.Lock()
	defer m.x.mu.Unlock()
	switch {
	case errors.Is(err, ErrUnknownOutcome):
		m.x.Unknown++
	case err == nil && string(out) == "done":
		if p.effects[id] != 1 {
			m.x.breaks("tool %s of %s is said to be done and had %d effects", id, p.id, p.effects[id])
		}
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil && m.conn.State() != natsmodel.Dead && !errors.Is(err, ErrNotOwner) && !errors.Is(err, ErrStranded):
		m.x.noteLocked("%s: tool %s of %s: %v", m.id, id, p.id, err)
	}
	return nil
}

// tally is what the schedules have reached.
type tally struct{ Schedules, Calls, Claims, Runs, Effects, Unknown, Overlaps int }

func (s *tally) add(x *play) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s.Schedules++
	s.Calls += x.Calls
	s.Claims += x.Claims
	s.Runs += x.Runs
	s.Effects += x.Effects
	s.Unknown += x.Unknown
	s.Overlaps += x.Overlaps
}

// reaches fails if the schedules are too tame.
func (s *tally) reaches(t *testing.T) {
	t.Helper()
	assert.Greater(t, s.Claims, s.Calls*3/2, "calls change hands")
	assert.Greater(t, s.Runs, s.Calls)
	assert.Greater(t, s.Effects, s.Calls)
	assert.Greater(t, s.Unknown, s.Schedules/20, "tools are interrupted")
}
