package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"time"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/internal/mirror"
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
	if c.log = c.o.Log; c.log == nil {
		c.log = s.Logger()
	}
	c.receive(s)
	r, err := c.roleOf(ctx, a)
	if err == nil {
		_, err = s.Update(ctx, r.config)
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
	c.adopt(r)
	if c.o.Greeting != "" && !c.finished {
		c.want(&sentence{text: c.o.Greeting, exact: true}, "")
	}
	return c, nil
}

func newConversation(o *Options) *Conversation {
	c := &Conversation{
		began: time.Now(), over: make(chan struct{}), latest: make(chan struct{}), prefix: "agent_" + rand.Text()[:8] + "_",
		tools: map[string]*boundTool{}, works: map[string]*work{}, sayings: map[string]*sentence{},
		tags: map[string]*sentence{}, inputs: map[string]*input{}, making: map[string]string{},
		pending: map[string]*work{}, replies: map[string]*reply{}, mirror: &mirror.Mirror{},
	}
	if o != nil {
		c.o = *o
	}
	close(c.latest)
	c.life, c.stop = context.WithCancel(context.Background())
	c.arbiter = arbiter.New(arbiter.Config{})
	c.step, c.receive = c.advance, c.attend
	c.timer = time.AfterFunc(time.Hour, c.awake)
	c.timer.Stop()
	return c
}

// advance gives the arbiter an event, and does what it says. The lock is held.
func (c *Conversation) advance(e arbiter.Event) {
	now := time.Since(c.began)
	for _, x := range c.arbiter.Step(now, e) {
		c.do(x)
	}
	if after, due := c.arbiter.Wake(now); due {
		c.timer.Reset(after)
	} else {
		c.timer.Stop()
	}
	c.settle()
	c.leave()
}

func (c *Conversation) awake() { c.happen(nil) }

// attend handles the events of a session until it ends or another takes its place.
func (c *Conversation) attend(s *realtime.Session) {
	c.tasks.Go(func() {
		err := c.listen(s)
		c.mu.Lock()
		defer c.mu.Unlock()
		if s != c.session {
			return
		}
		if end := s.Err(); end != nil && !errors.Is(end, io.EOF) {
			err = end
		} else if status := s.CloseStatus(); err == nil && status != nil {
			err = status
		}
		c.finish(End{By: Service, Err: err})
	})
}

// finish ends the conversation, once. The lock is held.
func (c *Conversation) finish(e End) {
	if c.finished {
		return
	}
	c.finished, c.end = true, e
	c.timer.Stop()
	for _, x := range []*exchange{c.now, c.next} {
		if x != nil {
			x.turn.Cut = x.turn.Cut || len(c.replies) > 0
			c.conclude(x, ErrEnded)
		}
	}
	for _, in := range c.inputs {
		if in.answer != nil {
			in.answer.end(nil, ErrEnded)
		}
	}
	for _, s := range c.sayings {
		if s.answer != nil && s.exchange == nil {
			s.answer.end(nil, ErrEnded)
		}
	}
	c.now, c.next = nil, nil
	c.stop()
	s, latest := c.session, c.latest
	go func() {
		_ = s.Close() // What it could not send is of no use any more.
		<-latest
		c.tasks.Wait()
		c.turns.Close(e.Err)
		c.events.Close(e.Err)
		close(c.over)
	}()
}

// Close ends the conversation and closes the session. What is being said is cut. Further
// calls wait for the end too.
func (c *Conversation) Close() error {
	c.mu.Lock()
	c.finish(End{By: Program})
	c.mu.Unlock()
	<-c.over
	return nil
}

// HangUp has the agent say goodbye, if there is one, and ends the conversation once that
// was heard. If the user or the context cuts the goodbye, the conversation ends then.
func (c *Conversation) HangUp(ctx context.Context, goodbye string) error {
	var err error
	if goodbye != "" {
		if err = c.Say(ctx, goodbye); errors.Is(err, ErrCut) || errors.Is(err, ErrEnded) {
			err = nil
		}
	}
	return errors.Join(err, c.Close())
}

// leave ends the conversation when the agent wants to, and has said what it says. The
// lock is held.
func (c *Conversation) leave() {
	if c.leaving && len(c.replies) == 0 && c.arbiter.Active() == "" && !c.finished {
		c.finish(End{By: Model})
	}
}

// EndCall returns the tool end_call, with which the model ends the conversation. When
// tells it when. What the model says in the same breath is heard to its end.
func EndCall(when string) Tool {
	t := Func("end_call", "Ends the conversation. "+when, func(ctx context.Context, _ struct{}) (string, error) {
		if call := CallFrom(ctx); call != nil {
			call.Conv.mu.Lock()
			defer call.Conv.mu.Unlock()
			call.Conv.leaving = true
		}
		return "the conversation ends", nil
	})
	t.Silent = true
	return t
}
