package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/realtime"
)

// Start begins a conversation of an agent on a session, which it owns from then on: it
// receives its events, and closes it at the end. Do not ask for responses of the
// conversation on it. If s is nil, Options.Connect opens one. The options may be nil.
//
// Start returns once the session has the settings of the agent; its context bounds that
// alone. The errors are those of Options.Connect, of the agent's funcs and tools, and of
// [realtime.Session.Update]. After an error the session is closed.
//
// A session that connects with Options.Reconnect carries the conversation through lost
// connections.
func Start(ctx context.Context, s *realtime.Session, a *Agent, o *Options) (*Conversation, error) {
	return start(ctx, s, a, o, nil)
}

// start begins a conversation, or goes on with that of a state.
func start(ctx context.Context, s *realtime.Session, a *Agent, o *Options, st *State) (*Conversation, error) {
	if a == nil {
		return nil, errors.New("agent: no agent")
	}
	c := newConversation(o)
	if s == nil {
		if c.o.Connect == nil {
			return nil, errors.New("agent: neither a session nor Options.Connect")
		}
		var err error
		if s, err = c.o.Connect(ctx, a); err != nil {
			return nil, err
		}
	}
	c.session, c.agent = s, a
	c.history = s.Conversation() // It is kept from here on.
	_, c.followed = c.history.Version()
	if c.log = c.o.Log; c.log == nil {
		c.log = s.Logger()
	}
	m := realtime.NewMux()
	if c.o.Bridge != nil && c.o.Bridge.Mux != nil {
		m = c.o.Bridge.Mux
	}
	c.register(m)
	err := c.prepare(ctx, s, m)
	var up arbiter.Up
	if err == nil && st != nil {
		up, err = c.restore(ctx, s, st)
	}
	if err != nil {
		c.mu.Lock()
		c.finish(End{By: Program, Err: err})
		c.mu.Unlock()
		<-c.over
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.receive(s)
	if c.o.Save != nil {
		go c.keep()
	}
	if st != nil && !c.finished {
		c.takeOver(st, up)
		return c, nil
	}
	if c.o.Greeting != "" && !c.finished {
		c.want(&sentence{text: c.o.Greeting, exact: true}, "")
	}
	return c, nil
}

// prepare gives the session the settings of the first agent, and makes the bridge.
func (c *Conversation) prepare(ctx context.Context, s *realtime.Session, m *realtime.Mux) error {
	r, err := c.roleOf(ctx, c.agent)
	if err != nil {
		return err
	}
	if _, err := s.Update(ctx, r.config); err != nil {
		return err
	}
	c.mux = m
	if c.o.Line != nil {
		if err := c.connect(s, m); err != nil {
			return err
		}
	} else {
		close(c.quiet)
	}
	if c.o.Keys != nil {
		c.keys = make(chan rune, maxKeys)
		go c.handleKeys()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.adopt(r)
	return nil
}

func newConversation(o *Options) *Conversation {
	c := &Conversation{
		began: time.Now(), over: make(chan struct{}), latest: published, prefix: "agent_" + rand.Text()[:8] + "_",
		quiet: make(chan struct{}),
	}
	if o != nil {
		c.o = *o
	}
	if c.o.Save != nil {
		c.changed = make(chan struct{}, 1)
	}
	c.life, c.stop = context.WithCancelCause(context.Background())
	c.arbiter = arbiter.New(arbiter.Config{})
	c.step, c.receive = c.advance, c.attend
	return c
}

// advance gives the arbiter an event, and does what it says. The lock is held.
func (c *Conversation) advance(e arbiter.Event) {
	now := time.Since(c.began)
	for _, x := range c.arbiter.Step(now, e) {
		c.do(x)
	}
	if after, due := c.arbiter.Wake(now); due {
		c.timer.set(after, c.awake)
	} else {
		c.timer.stop()
	}
	if e != nil {
		c.unsaved()
	}
	c.settle()
	c.leave()
}

func (c *Conversation) awake() { c.happen(nil) }

// attend handles the events of a session until it ends or another takes its place. On a
// line the bridge does that for one session after another. The lock is held.
func (c *Conversation) attend(s *realtime.Session) {
	if c.bridge != nil && c.attended {
		return
	}
	c.attended = true
	if c.bridge != nil {
		c.tasks.Go(func() { c.unattended(nil, c.bridge.Run(c.life)) })
	} else {
		c.tasks.Go(func() { c.unattended(s, c.mux.Run(context.WithoutCancel(c.life), s)) })
	}
}

// unattended notes that the events of a session have ended with an error, or nil, or on a
// line those of the last one.
func (c *Conversation) unattended(s *realtime.Session, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bridge != nil {
		s = c.session
	}
	if s == c.session {
		c.finish(c.endOf(s, err))
	}
	if c.bridge != nil && !c.hearing {
		closeOnce(c.quiet)
	}
}

// endOf returns who ended the conversation when the events of its session end with an
// error, or nil.
func (c *Conversation) endOf(s *realtime.Session, err error) End {
	if c.bridge != nil && s.Err() == nil && err == nil {
		return End{By: User}
	}
	return End{By: Service, Err: sessionFault(s, err)}
}
