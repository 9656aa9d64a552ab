package caller

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/caller/internal/journal"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/usage"
	"github.com/voicelane/realtime-go/voice"
)

// Program is what is tested: it answers one call, and returns when the call is over.
// [Call.Hold] is a program in one line. The context ends when the call is over and the
// program has not returned for 30 s.
type Program func(ctx context.Context, c *Call) error

// Call is one call to an agent: the line that it comes over, and the way to the server.
// All methods may be called from any goroutine.
type Call struct {
	// Line is where the caller is. An agent's conversation, or a [voice.Bridge], runs on it.
	Line voice.Line
	// Server is the scripted server, nil if a live one answers.
	Server *realtimetest.Server

	scenario *Scenario
	options  *Options
	config   realtime.Config
	board    *switchboard
	journal  *journal.Journal

	mu     sync.Mutex // guards what follows
	meters []*usage.Meter
}

// Config returns the configuration with which clients of the call connect: to the scripted
// server, or as Options.Live. Connections of other clients are not dropped by the scenario.
func (c *Call) Config() *realtime.Config {
	config := c.config
	return &config
}

// Taps returns observers for Options.Taps of a session, which expectations and the cost
// follow. [Call.Connect] adds them by itself.
func (c *Call) Taps() []*realtime.Tap {
	o := &usage.Options{Prices: c.options.Prices}
	meter := usage.NewMeter(o)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.meters = append(c.meters, meter)
	return []*realtime.Tap{c.journal.Tap(), meter.Tap()}
}

// Connect connects a session. A nil target is Options.Target; nil options replace lost
// connections and have no other settings. It blocks and fails as realtime.Client.Connect.
func (c *Call) Connect(ctx context.Context, target realtime.Target, o *realtime.Options) (*realtime.Session, error) {
	client, err := realtime.NewClient(c.Config())
	if err != nil {
		return nil, err
	}
	if target == nil {
		target = c.options.target()
	}
	all := realtime.Options{Reconnect: &realtime.Reconnect{}}
	if o != nil {
		all = *o
	}
	all.Taps = append(slices.Clone(all.Taps), c.Taps()...)
	return client.Connect(ctx, target, &all)
}

// Hold has an agent hold the call, on a session of Connect, until one side ends it. The
// options may be nil; Line, and Connect if it is nil, are set to those of the call. Tools
// that the scenario stubs are replaced. The errors are those of [agent.Start] and
// [agent.Conversation.Wait].
func (c *Call) Hold(ctx context.Context, a *agent.Agent, o *agent.Options) error {
	all := agent.Options{}
	if o != nil {
		all = *o
	}
	all.Line = c.Line
	if all.Connect == nil {
		all.Connect = func(ctx context.Context, a *agent.Agent) (*realtime.Session, error) {
			if a.Model != "" {
				return c.Connect(ctx, realtime.Model(a.Model), nil)
			}
			return c.Connect(ctx, nil, nil)
		}
	}
	conv, err := agent.Start(ctx, nil, c.observed(a, map[*agent.Agent]*agent.Agent{}), &all)
	if err != nil {
		return err
	}
	return errors.Join(conv.Wait(ctx), conv.Close())
}

// observed returns a copy of an agent, and of those that it hands off to, whose tools are
// observed, and replaced as the scenario has it. done holds the copies made so far.
func (c *Call) observed(a *agent.Agent, done map[*agent.Agent]*agent.Agent) *agent.Agent {
	if a == nil || done[a] != nil {
		return done[a]
	}
	out := *a
	done[a] = &out
	out.Tools = c.Tools(a.Tools...)
	if a.Toolbox != nil {
		out.Toolbox = func(ctx context.Context) ([]agent.Tool, error) {
			tools, err := a.Toolbox(ctx)
			return c.Tools(tools...), err
		}
	}
	out.Handoffs = nil
	for _, other := range a.Handoffs {
		out.Handoffs = append(out.Handoffs, c.observed(other, done))
	}
	return &out
}

// Tools returns tools whose runs the call observes, for programs that start their agent by
// themselves. In front of a scripted server they are replaced as the scenario has it.
func (c *Call) Tools(tools ...agent.Tool) []agent.Tool {
	out := slices.Clone(tools)
	for i, t := range out {
		if t.Func == nil || t.Func.Schema() == nil {
			continue // Start returns the error.
		}
		stub := Stub{}
		if c.Server != nil {
			stub = c.scenario.Tools[t.Name]
		}
		c.journal.Note(func(_ time.Duration, e *journal.Events) { e.Observe(t.Name) })
		out[i].Func = observedFunc{Function: t.Func, stub: stub, name: t.Name, journal: c.journal}
	}
	return out
}

// cost returns what the sessions of the call cost.
func (c *Call) cost() (sum usage.Money, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []error
	for _, m := range c.meters {
		one, err := m.Bill().Total()
		sum += one
		all = append(all, err)
	}
	return sum, errors.Join(all...)
}
