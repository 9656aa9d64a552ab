package arbiter

import "slices"

func (e Down) apply(a *Arbiter) {
	if a.down {
		return
	}
	a.down, a.speaking, a.past = true, false, nil
	if r := a.active; r != nil {
		a.active = nil
		if r.byProgram {
			a.stopped(r, Cut)
		} else {
			a.lost(r, e.Heard)
		}
	}
	a.limbo, a.asked = a.asked, nil
	for _, c := range a.calls {
		if c.stage == written {
			c.stage = ready
		}
		c.cut = c.cut || c.stage < confirmed
	}
}

// lost takes back what a response has seen that ends with its connection.
func (a *Arbiter) lost(r *response, heard bool) {
	if a.unseen(r.id); heard {
		a.over(r.saying(), Cut)
	} else {
		a.back(r.saying())
	}
}

func (e Up) apply(a *Arbiter) {
	if !a.down {
		return
	}
	a.down, a.retryAt = false, a.now
	if q := a.limbo; q != nil {
		switch a.limbo = nil; {
		case q.tag == e.Waiting:
			q.since, a.asked = a.now, q
		case !a.unwanted(q):
			a.back(q.saying)
		}
	}
	a.turns = slices.DeleteFunc(a.turns, func(t *turn) bool {
		t.spoken = false // The new server does not know that it was spoken just now.
		if !e.Turns[t.id] {
			a.do(Report{Lost: TurnLost, ID: t.id})
		}
		return !e.Turns[t.id]
	})
	early := e.Recalls
	for _, c := range a.calls {
		c.missing = !e.Calls[c.id]
		switch {
		case c.empty:
		case c.stage == running:
			early = early || c.missing
		case e.Outputs[c.id]:
			a.confirm(c)
		case e.Sending[c.id]:
			c.stage, c.since = written, a.now
		default:
			c.writes, c.cut, early = 0, true, true // A response that does not see it would call again.
			a.write(c)
		}
	}
	if q := a.asked; q != nil && q.mayCall() {
		q.early = early
	}
}
