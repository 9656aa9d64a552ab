package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// handOffWithin bounds a hand-off that the model asks for.
const handOffWithin = 15 * time.Second

// HandOff goes on with another agent. It returns once that one has taken over; the
// conversation stays. An agent with another model, or on a line with another voice, takes
// over in a session of its own, which Options.Connect opens and which is given the
// conversation; the line is switched to it once it has everything. The errors are those
// of [Start], and [ErrEnded]; after one the agent that spoke goes on.
func (c *Conversation) HandOff(ctx context.Context, to *Agent) error {
	if to == nil {
		return errors.New("agent: no agent")
	}
	from := c.Agent()
	if err := c.become(ctx, to); err != nil {
		return err
	}
	c.events.Put(&HandedOff{From: from, To: to})
	return nil
}

// become gives the session the settings of an agent.
func (c *Conversation) become(ctx context.Context, a *Agent) error {
	r, err := c.roleOf(ctx, a)
	if err != nil {
		return err
	}
	if c.elsewhere(a) {
		return c.move(ctx, r)
	}
	if _, err := c.Session().Update(ctx, r.config); err != nil {
		return fmt.Errorf("agent: settings of %q: %w", a.Name, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.finished {
		return c.ended()
	}
	c.adopt(r)
	return nil
}

// transfer is the hand-off that the model asks for.
func (c *Conversation) transfer(ctx context.Context, to *Agent) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, handOffWithin, ErrTooSlow)
	defer cancel()
	_, err := isolated(ctx, func() (string, error) { return "", c.HandOff(ctx, to) })
	if err != nil {
		return "", err
	}
	output, err := json.Marshal(map[string]string{"assistant": to.Name})
	return string(output), err
}

// elsewhere reports whether an agent needs another session than the present one.
func (c *Conversation) elsewhere(a *Agent) bool {
	s, ok := c.Session().Current().(*api.RealtimeSession)
	if !ok {
		return false
	}
	if a.Model != "" && s.Model != "" && a.Model != s.Model {
		return true
	}
	if c.bridge == nil || a.Voice == nil || s.Audio == nil || s.Audio.Output == nil || s.Audio.Output.Voice == nil {
		return false
	}
	return !reflect.DeepEqual(a.Voice, s.Audio.Output.Voice)
}

// move goes on in another session, which is given the conversation.
func (c *Conversation) move(ctx context.Context, r *role) error {
	if c.o.Connect == nil {
		return fmt.Errorf("agent: %q needs a session of its own: set Options.Connect", r.agent.Name)
	}
	s, err := c.o.Connect(ctx, r.agent)
	if err != nil {
		return fmt.Errorf("agent: session of %q: %w", r.agent.Name, err)
	}
	s.Conversation() // It is kept from here on.
	if _, err = s.Update(ctx, r.config); err == nil {
		err = c.give(ctx, s, r)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("agent: session of %q: %w", r.agent.Name, err), s.Close())
	}
	return nil
}

// followWithin bounds the wait of a hand-off until the events are handled that have changed
// the history.
const followWithin = 2 * time.Second

// give gives a session the conversation, and makes it the one that is used. What the
// conversation gets meanwhile is given as well.
func (c *Conversation) give(ctx context.Context, s *realtime.Session, r *role) error {
	following := c.follows()
	up := newUp()
	tried := map[string]bool{}
	late := time.NewTimer(followWithin)
	defer late.Stop()
	for patient := true; ; {
		item, wait, err := c.missing(s, r, tried, up, patient)
		switch {
		case err != nil:
			return err
		case wait:
			select {
			case <-following:
			case <-late.C:
				patient = false
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			continue
		case item == nil:
			return nil
		}
		tried[api.ItemID(item)] = true
		_, err = s.Request(ctx, &api.ConversationItemCreate{Item: item})
		if _, refused := errors.AsType[*realtime.ServerError](err); refused {
			c.log.Warn("agent item not restored", "item_id", api.ItemID(item))
			continue
		}
		if err != nil {
			return err
		}
		holds(up, item)
	}
}

func newUp() arbiter.Up {
	return arbiter.Up{Turns: map[string]bool{}, Calls: map[string]bool{}, Outputs: map[string]bool{}, Sending: map[string]bool{}}
}

// holds notes what a new session holds; up.Turns has the ids of all its items.
func holds(up arbiter.Up, item api.Item) {
	up.Turns[api.ItemID(item)] = true
	switch x := item.(type) {
	case *api.FunctionCall:
		up.Calls[x.CallID] = true
	case *api.FunctionCallOutput:
		up.Outputs[x.CallID] = true
	default:
	}
}

// missing returns an item that a new session was not given yet. Without one it makes that
// session the one that is used, unless events wait that have changed the history: wait is
// set then. The error is that of a conversation that has ended.
func (c *Conversation) missing(s *realtime.Session, r *role, tried map[string]bool, up arbiter.Up, patient bool) (item api.Item, wait bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.finished {
		return nil, false, c.ended()
	}
	held, _ := c.history.Version()
	items, _ := c.history.Copy()
	for _, item := range items {
		if !tried[api.ItemID(item)] {
			return item, false, nil
		}
	}
	if now, _ := c.history.Version(); patient && (now != held || c.followed < held) {
		return nil, true, nil
	}
	c.settleOn(s, r, up)
	return nil, false, nil
}

// settleOn makes a session that holds the conversation the one that is used. The lock is
// held.
func (c *Conversation) settleOn(s *realtime.Session, r *role, up arbiter.Up) {
	old := c.session
	c.lost()
	c.dropRemote(func(*work) bool { return true })
	clear(c.tags)
	c.session, c.history, c.down = s, s.Conversation(), false
	c.since, c.followed = c.history.Version()
	c.adopt(r)
	c.receive(s)
	c.tasks.Go(func() {
		if c.bridge != nil {
			if err := c.bridge.Use(c.life, s); err != nil && c.life.Err() == nil {
				c.warn(err)
			}
		}
		_ = old.Close() // What it could not send is of no use any more.
	})
	c.recall(up.Turns)
	c.step(up)
}
