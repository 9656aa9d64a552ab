package agent

import (
	"maps"
	"slices"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// outageHandlers follow lost connections and what takes their place.
func outageHandlers() []handler {
	return []handler{
		on(func(c *Conversation, _ *realtime.Reconnecting) {
			if !c.down && !c.stale() {
				c.lost()
			}
		}),
		on(func(c *Conversation, _ *api.SessionCreated) {
			c.fresh = c.fresh || c.down
			c.configure()
		}),
		on(func(c *Conversation, _ *api.SessionUpdated) { c.configure() }),
		on(func(c *Conversation, e *realtime.Reconnected) {
			if c.stale() {
				return
			}
			if !c.down {
				c.lost()
			}
			c.back(e)
			c.events.Put(&Reconnected{Lost: e.Lost})
		}),
	}
}

// stale reports whether the event that is handled has come before the session was given the
// conversation and took over: what the session holds was counted since.
func (c *Conversation) stale() bool { return c.followed < c.since }

// lost notes that the connection is lost. Responses do not go on.
func (c *Conversation) lost() {
	c.down, c.fresh = true, false
	c.playedAll()
	heard := false
	for id, r := range c.replies {
		if r.sentence != nil && r.spoke {
			heard = true
		}
		r.exchange.turn.Cut = r.exchange.turn.Cut || c.arbiter.Stopping()
		c.forget(id)
	}
	c.step(arbiter.Down{Heard: heard})
}

// back notes what a new connection holds.
func (c *Conversation) back(e *realtime.Reconnected) {
	if c.fresh {
		c.dropRemote(func(*work) bool { return true })
	}
	c.down = false
	c.connections++
	if c.connected != nil {
		close(c.connected)
		c.connected = nil
	}
	holds, gone := map[string]bool{}, map[string]bool{}
	for _, id := range e.Restored {
		holds[id] = true
	}
	for _, l := range e.Lost {
		gone[l.CallID] = true
	}
	up := arbiter.Up{Turns: holds, Calls: map[string]bool{}, Outputs: map[string]bool{}, Sending: map[string]bool{}}
	for _, w := range c.order {
		up.Calls[w.ID] = !c.fresh || holds[w.item]
		up.Outputs[w.ID] = holds[w.output] || w.remote && !c.fresh
		up.Sending[w.ID] = w.writing && !gone[w.ID]
	}
	if !c.fresh { // A call: its session goes on at the server.
		up.Turns = c.arbiter.Turns()
	}
	if tag := c.arbiter.Lost(); tag != "" {
		taken := func(u realtime.Unanswered) bool { return u.EventID == tag }
		if !slices.ContainsFunc(e.Unanswered, taken) {
			up.Waiting = tag // It is still in the send queue.
		}
	}
	maps.DeleteFunc(c.tags, func(tag string, _ *sentence) bool { return tag != up.Waiting })
	if c.fresh {
		up.Recalls = c.recall(holds)
	}
	c.step(up)
	for _, id := range e.Restored { // In the order of the conversation.
		c.heardLate(id)
		c.confirmed(id)
	}
}
