package arbiter

import (
	"cmp"
	"slices"
	"time"
)

// ask asks for a response if one is due. In this order: sayings, answers, fillers.
func (a *Arbiter) ask() {
	a.dropFillers()
	if a.down || a.active != nil || a.asked != nil || a.speaking || a.now < max(a.retryAt, a.quietAt) || a.expecting() {
		return
	}
	lacks := a.lacks()
	if s := a.take(func(s *saying) bool { return s.call == "" && (!lacks || !s.free) }); s != nil {
		a.request(s, false)
		return
	}
	if owed, withdrawn := a.owesAnswer(); owed {
		a.request(nil, withdrawn)
		return
	}
	if s := a.take(func(s *saying) bool { return s.call != "" }); s != nil {
		a.request(s, false)
	}
}

// lacks reports whether the conversation holds neither a call nor its output: the model
// would make the call again.
func (a *Arbiter) lacks() bool {
	return slices.ContainsFunc(a.calls, func(c *call) bool { return c.missing && c.stage < confirmed })
}

func (a *Arbiter) request(s *saying, withdrawn bool) {
	if s == nil {
		a.try()
	} else {
		s.tried = true
	}
	a.asked = &request{tag: a.tag(), saying: s, since: a.now}
	x := Ask{Tag: a.asked.tag, Withdrawn: withdrawn}
	if s != nil {
		x.Saying = s.id
	}
	a.do(x)
}

// try notes that an answer to what is owed was asked for, or has begun.
func (a *Arbiter) try() {
	for _, t := range a.turns {
		t.tried = t.tried || t.by == ""
	}
	for _, c := range a.calls {
		c.tried = c.tried || c.stage == confirmed
	}
}

// expecting reports whether the server is about to answer speech by itself. Its
// response will see everything.
func (a *Arbiter) expecting() bool {
	return a.c.Answers && slices.ContainsFunc(a.turns, func(t *turn) bool {
		return t.spoken && t.by == "" && a.now-t.since < grace
	})
}

// owesAnswer reports whether the model is to go on: a turn has no answer, or all calls
// of a response have confirmed outputs. While a call that was open when a connection
// was lost has no output, the model would only call again. Withdrawn is set if calls
// that were deleted are the only reason.
func (a *Arbiter) owesAnswer() (owed, withdrawn bool) {
	open := map[string]bool{}
	for _, c := range a.calls {
		if c.stage < confirmed {
			open[c.response] = true
			if c.cut {
				return false, false
			}
		}
	}
	for _, t := range a.turns {
		owed = owed || t.by == "" && !a.waits(t)
	}
	if owed || a.held {
		return owed, false
	}
	withdrawn = true
	for _, c := range a.calls {
		if c.stage == confirmed && !c.silent && !open[c.response] {
			owed, withdrawn = true, withdrawn && c.withdrawn
		}
	}
	return owed, owed && withdrawn
}

// waits reports whether a turn waits for the end of an interruption, as outputs do.
func (a *Arbiter) waits(t *turn) bool { return a.held && t.late }

// take removes the first saying that f picks.
func (a *Arbiter) take(f func(s *saying) bool) *saying {
	i := slices.IndexFunc(a.sayings, f)
	if i < 0 {
		return nil
	}
	s := a.sayings[i]
	a.sayings = slices.Delete(a.sayings, i, i+1)
	return s
}

// back makes a saying the next one.
func (a *Arbiter) back(s *saying) {
	if s != nil {
		a.sayings = slices.Insert(a.sayings, 0, s)
	}
}

// over reports the end of a saying.
func (a *Arbiter) over(s *saying, how Outcome) {
	if s != nil && !s.over {
		s.over = true
		a.do(Over{Saying: s.id, How: how})
	}
}

// dropFillers drops the fillers of calls that have returned or were stopped, and all while
// the program has interrupted the model.
func (a *Arbiter) dropFillers() {
	a.sayings = slices.DeleteFunc(a.sayings, func(s *saying) bool {
		if s.call == "" {
			return false
		}
		c := a.known[s.call]
		if c != nil && c.stage == running && !c.stopped && !a.held {
			return false
		}
		a.over(s, Dropped)
		return true
	})
}

// failed notes that a saying, or without one an answer, was not given. It is asked for
// again after a pause, a few times unless the failure is final.
func (a *Arbiter) failed(s *saying, f Failure) {
	a.failure = cmp.Or(f.Err, a.failure)
	if a.tries++; a.tries <= maxTries && !f.Final {
		a.back(s)
		a.retryAt = a.now + pause<<(a.tries-1)
		return
	}
	if s != nil {
		a.do(Over{s.id, GivenUp, a.failure})
	} else {
		a.giveUp()
	}
	a.tries, a.failure = 0, nil
}

// refused notes that a response which is not known here stands in the way.
func (a *Arbiter) refused(s *saying) {
	a.back(s)
	if a.active == nil {
		a.retryAt = a.now + min(pause<<min(a.refusals, 10), maxPause)
		a.refusals++
	}
}

// giveUp reports everything that an answer was asked for.
func (a *Arbiter) giveUp() {
	a.turns = slices.DeleteFunc(a.turns, func(t *turn) bool {
		if t.by == "" {
			a.do(Report{TurnUnanswered, t.id, a.failure})
		}
		return t.by == ""
	})
	a.settle(func(c *call) bool {
		if c.stage == confirmed {
			a.do(Report{CallUnanswered, c.id, a.failure})
		}
		return c.stage == confirmed
	})
}

func (a *Arbiter) succeeded() {
	a.tries, a.failure, a.refusals, a.retryAt = 0, nil, 0, time.Duration(0)
}
