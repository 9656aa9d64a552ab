package arbiter

import "slices"

// Interrupted stops what is said, and every answer that was asked for or has begun.
func (Interrupted) apply(a *Arbiter) {
	a.held = true
	a.silence()
	for _, q := range a.open() {
		q.cancelled = true
	}
	a.drop(func(t *turn) bool { return t.tried }, func(c *call) bool { return c.tried })
	a.sayings = slices.DeleteFunc(a.sayings, func(s *saying) bool {
		if s.tried {
			a.over(s, Cut)
		}
		return s.tried
	})
	for _, c := range a.calls {
		if c.stage < seen && !c.silent {
			a.do(Report{Lost: CallStopped, ID: c.id})
		}
	}
}

func (e Stopped) apply(a *Arbiter) {
	if e.Speaking {
		a.silence()
	}
	for _, q := range a.open() {
		if s := q.saying; s == nil {
			q.cancelled = q.cancelled || !a.owesOther(e)
		} else {
			q.cancelled = q.cancelled || s.call != "" && e.Call(s.call) || e.says(s)
		}
	}
	a.sayings = slices.DeleteFunc(a.sayings, func(s *saying) bool {
		if e.says(s) {
			a.over(s, Cut)
		}
		return e.says(s)
	})
	for _, t := range a.turns {
		t.stopped = t.stopped || e.Turn(t.id)
	}
	a.drop(func(t *turn) bool { return t.stopped }, func(*call) bool { return false })
	for _, c := range a.calls {
		if e.Call(c.id) {
			c.silent, c.stopped = true, true
		}
	}
}

// says reports whether a saying is one that was asked for before and is part of what is stopped.
func (e Stopped) says(s *saying) bool { return s.tried && e.Saying != nil && e.Saying(s.id) }

// silence cancels the response that runs.
func (a *Arbiter) silence() {
	if r := a.active; r != nil && !r.byProgram {
		r.byProgram, r.unheard = true, false
		a.do(Cancel{r.id})
	}
}

// open returns the requests that may still lead to a response.
func (a *Arbiter) open() []*request {
	return slices.DeleteFunc(append([]*request{a.asked, a.limbo}, a.past...), func(q *request) bool { return q == nil })
}

// owesOther reports whether an answer is owed to more than what is stopped.
func (a *Arbiter) owesOther(e Stopped) bool {
	return slices.ContainsFunc(a.turns, func(t *turn) bool { return t.by == "" && !e.Turn(t.id) }) ||
		slices.ContainsFunc(a.calls, func(c *call) bool { return c.stage == confirmed && !c.silent && !e.Call(c.id) })
}

// drop settles the turns and calls among those that are picked which no response sees. The
// end of a response settles those that it sees.
func (a *Arbiter) drop(turns func(t *turn) bool, calls func(c *call) bool) {
	a.turns = slices.DeleteFunc(a.turns, func(t *turn) bool {
		if t.by != "" || !turns(t) {
			return false
		}
		a.do(Report{Lost: TurnStopped, ID: t.id})
		return true
	})
	a.settle(func(c *call) bool {
		if c.stage != confirmed || !calls(c) {
			return false
		}
		a.do(Report{Lost: CallStopped, ID: c.id})
		return true
	})
}

// stopped ends a response that was cancelled for the program: however it ends, what it has
// seen is not answered again.
func (a *Arbiter) stopped(r *response, how Outcome) {
	a.answered(r.id)
	a.over(r.saying(), how)
}

// unwanted reports whether a request to which there is no response was cancelled for the
// program. Nothing is asked for in its place.
func (a *Arbiter) unwanted(q *request) bool {
	if q.cancelled {
		a.over(q.saying, Cut)
	}
	return q.cancelled
}
