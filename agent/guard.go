package agent

import (
	"cmp"
	"slices"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
)

// checkEvery is the default of Guard.Every.
const checkEvery = 100

// look has the guards check what was said, if enough is new, or at the end of a
// response. One check runs at a time, on a goroutine of its own. The lock is held.
func (c *Conversation) look(x *exchange, chars int, final bool) {
	g := &x.guards
	g.unchecked += chars
	g.final = g.final || final
	every := 0
	for i := range c.agent.Guards {
		if e := &c.agent.Guards[i]; e.Check != nil {
			n := e.Every
			if n <= 0 {
				n = checkEvery
			}
			every = min(n, cmp.Or(every, n))
		}
	}
	if every == 0 || g.running || x.turn.Guard != nil || g.unchecked == 0 || g.unchecked < every && !g.final {
		return
	}
	g.running, g.unchecked, g.final = true, 0, false
	guards, said := c.agent.Guards, string(x.text)
	go c.check(x, guards, said)
}

func (c *Conversation) check(x *exchange, guards []Guard, said string) {
	var tripped *Tripped
	for i := range guards {
		g := &guards[i]
		if g.Check == nil {
			continue
		}
		_, err := isolated(c.life, func() (string, error) { return "", g.Check(c.life, said) })
		if err != nil && c.life.Err() == nil {
			tripped = &Tripped{g, err}
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if tripped != nil && !c.finished && x.turn.Guard == nil {
		c.trip(x, tripped)
		return
	}
	x.guards.running = false
	if !c.finished {
		c.look(x, 0, false)
		c.settle()
	}
}

// trip stops what a guard does not let pass, and all that would follow in the same turn. The
// turn is not over before what is said instead was asked for, which waits until the sound has
// stopped.
func (c *Conversation) trip(x *exchange, t *Tripped) {
	x.turn.Guard, x.turn.Cut = t, true
	c.log.Warn("agent guard tripped", "guard", t.Guard.Name)
	now := c.now == x
	c.part(x)
	c.step(arbiter.Stopped{
		Turn: func(id string) bool { return slices.Contains(x.items, id) }, Call: c.concerns(x), Speaking: now,
		Saying: func(id string) bool { s := c.sayings[id]; return s != nil && s.exchange == x },
	})
	go func() {
		if now {
			if err := c.silence(c.life); err != nil && c.life.Err() == nil {
				c.warn(err)
			}
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		x.guards.running = false
		if c.finished {
			return
		}
		if t.Guard.Instead != "" && !x.over { // Otherwise another answer has begun.
			c.want(&sentence{text: t.Guard.Instead, exact: true, instead: true, exchange: x}, "")
		}
		c.settle()
	}()
}
