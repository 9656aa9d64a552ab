package arbiter

import "slices"

func (e Called) apply(a *Arbiter) {
	if _, known := a.known[e.Call]; known || e.Call == "" {
		return
	}
	c := &call{id: e.Call, response: e.Response, silent: e.Stopped, stopped: e.Stopped}
	a.known[c.id] = c
	a.calls = append(a.calls, c)
	a.do(Run{c.id})
}

func (e Returned) apply(a *Arbiter) {
	c := a.known[e.Call]
	if c == nil || c.stage != running {
		return
	}
	if c.silent, c.stage = e.Silent || c.stopped, ready; !a.down {
		a.write(c)
	}
}

// write writes an output: as it is, once more, and then a short error.
func (a *Arbiter) write(c *call) {
	c.stage, c.since = written, a.now
	c.writes++
	a.do(Write{Call: c.id, Pair: c.missing, Short: c.writes >= maxWrites})
}

func (a *Arbiter) rewrite(c *call) {
	if c.writes < maxWrites {
		a.write(c)
		return
	}
	a.do(Report{OutputLost, c.id, c.refusal})
	c.empty = true
	a.confirm(c)
}

func (a *Arbiter) confirm(c *call) { c.stage, c.cut, c.missing = confirmed, false, false }

func (e Confirmed) apply(a *Arbiter) {
	if c := a.known[e.Call]; c != nil && (c.stage == written || c.stage == ready) {
		a.confirm(c)
	}
}

func (e OutputRefused) apply(a *Arbiter) {
	switch c := a.known[e.Call]; {
	case c == nil || c.stage != written:
	case e.Exists:
		a.confirm(c)
	default:
		c.refusal = e.Err
		a.rewrite(c)
	}
}

func (e CallDeleted) apply(a *Arbiter) {
	if c := a.known[e.Call]; c != nil && c.stage < confirmed {
		c.empty, c.withdrawn = true, true
		a.confirm(c)
	}
}

// settle forgets the calls that f picks, but for their ids.
func (a *Arbiter) settle(f func(c *call) bool) {
	a.calls = slices.DeleteFunc(a.calls, func(c *call) bool {
		if !f(c) {
			return false
		}
		a.known[c.id] = nil
		a.settled = append(a.settled, c.id)
		return true
	})
	for len(a.settled) > maxSettled {
		delete(a.known, a.settled[0])
		a.settled = a.settled[1:]
	}
}
