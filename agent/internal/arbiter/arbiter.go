package arbiter

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// errSilent is why a request has failed that nothing has followed.
var errSilent = errors.New("no response has begun in time")

// New returns an arbiter of a new conversation.
func New(c Config) *Arbiter { return &Arbiter{c: c, known: map[string]*call{}} }

// Configure changes what the server does by itself.
func (a *Arbiter) Configure(c Config) { a.c = c }

// Step takes an event, or nil when time has passed, and returns what is to be done, in
// order. Now is the time since any fixed moment.
func (a *Arbiter) Step(now time.Duration, e Event) []Action {
	a.now, a.out = now, nil
	if e != nil {
		e.apply(a)
	}
	a.expire()
	if !a.trying() {
		a.tries, a.failure = 0, nil
	}
	a.ask()
	return a.out
}

// Wake returns how long after now Step is due without an event, and whether it is.
func (a *Arbiter) Wake(now time.Duration) (after time.Duration, due bool) {
	at := func(t time.Duration) {
		if t > now && (!due || t-now < after) {
			after, due = t-now, true
		}
	}
	at(a.retryAt)
	at(a.quietAt)
	if a.asked != nil {
		at(a.asked.since + patience)
	}
	for _, t := range a.turns {
		if t.spoken && t.by == "" {
			at(t.since + grace)
		}
	}
	for _, c := range a.calls {
		if c.stage == written && !a.down {
			at(c.since + confirming)
		}
	}
	return after, due
}

// Idle reports whether nothing is owed, asked or running.
func (a *Arbiter) Idle() bool {
	return a.active == nil && a.asked == nil && a.limbo == nil && len(a.calls)+len(a.turns)+len(a.sayings) == 0
}

// Active returns the response that runs, or "".
func (a *Arbiter) Active() string {
	if a.active == nil {
		return ""
	}
	return a.active.id
}

// expire gives up what has waited for too long.
func (a *Arbiter) expire() {
	if a.down {
		return
	}
	if q := a.asked; q != nil && a.now-q.since >= patience {
		a.asked = nil
		if a.past = append(a.past, q); len(a.past) > maxPast { // A response without a tag takes none away.
			a.past = slices.Delete(a.past, 0, 1)
		}
		if !a.unwanted(q) {
			a.failed(q.saying, Failure{Err: cmp.Or(a.failure, errSilent)})
		}
	}
	for _, c := range a.calls {
		if c.stage == written && a.now-c.since >= confirming {
			a.rewrite(c)
		}
	}
}

// trying reports whether something is owed that was asked for before: failures count against it.
func (a *Arbiter) trying() bool {
	wanted := func(q *request) bool { return q != nil && !q.cancelled }
	return wanted(a.asked) || wanted(a.limbo) ||
		a.active != nil && !a.active.byProgram && a.active.saying() != nil ||
		slices.ContainsFunc(a.turns, func(t *turn) bool { return t.tried }) ||
		slices.ContainsFunc(a.calls, func(c *call) bool { return c.tried && !c.silent }) ||
		slices.ContainsFunc(a.sayings, func(s *saying) bool { return s.tried })
}

// Resting reports whether no answer is owed, asked or running, apart from calls that are
// not concerned. An interruption by the program lets outputs and late results wait without one.
func (a *Arbiter) Resting(concerned func(call string) bool) bool {
	owed := func(t *turn) bool { return !a.waits(t) }
	if a.active != nil || a.asked != nil || a.limbo != nil || slices.ContainsFunc(a.turns, owed) {
		return false
	}
	for _, c := range a.calls {
		if (c.stage < confirmed || !a.held && !c.silent) && concerned(c.id) {
			return false
		}
	}
	return true
}

// Stopping reports whether the response that runs was cancelled for the program.
func (a *Arbiter) Stopping() bool { return a.active != nil && a.active.byProgram }

// Saying returns the saying that the response which runs was asked for, or "" and
// whether it was asked for here.
func (a *Arbiter) Saying() (id string, asked bool) {
	if a.active == nil || a.active.request == nil {
		return "", false
	}
	if s := a.active.request.saying; s != nil {
		return s.id, true
	}
	return "", true
}

// Awaits reports whether the response to a request may still begin, or the request be
// refused.
func (a *Arbiter) Awaits(tag string) bool {
	is := func(q *request) bool { return q != nil && q.tag == tag }
	return is(a.asked) || is(a.limbo) || slices.ContainsFunc(a.past, is) ||
		a.active != nil && a.active.provisional && is(a.active.request)
}

// Failure returns the last failure to get what is owed, nil if there was none since the
// last success.
func (a *Arbiter) Failure() error { return a.failure }

// Turns returns the turns without a whole answer.
func (a *Arbiter) Turns() map[string]bool {
	ids := make(map[string]bool, len(a.turns))
	for _, t := range a.turns {
		ids[t.id] = true
	}
	return ids
}

// Owed returns the turns without a whole answer, in order.
func (a *Arbiter) Owed() []string {
	var ids []string
	for _, t := range a.turns {
		ids = append(ids, t.id)
	}
	return ids
}

// Knows reports whether a call is not settled.
func (a *Arbiter) Knows(call string) bool { return a.known[call] != nil }

// Lost returns the tag of the request that was in flight when the connection was lost, or
// "".
func (a *Arbiter) Lost() string {
	if a.limbo == nil {
		return ""
	}
	return a.limbo.tag
}
