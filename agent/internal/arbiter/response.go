package arbiter

import "slices"

// Nothing is cancelled: the server does that, and a cancellation from here would find
// nothing active.
func (SpeechStarted) apply(a *Arbiter) { a.speaking = true }

// A turn mostly follows at once.
func (SpeechStopped) apply(a *Arbiter) {
	if a.speaking {
		a.speaking, a.quietAt = false, a.now+settling
	}
}

func (e Turn) apply(a *Arbiter) {
	if e.Spoken {
		a.speaking, a.quietAt = false, 0
	}
	if !e.Late || !a.held {
		a.resume()
	}
	if e.ID != "" && slices.ContainsFunc(a.turns, func(t *turn) bool { return t.id == e.ID }) {
		return
	}
	a.turns = append(a.turns, &turn{id: e.ID, since: a.now, spoken: e.Spoken, late: e.Late})
}

// resume ends an interruption by the program: there is something new to answer, which the
// response to a request in flight sees as well.
func (a *Arbiter) resume() {
	a.held = false
	for _, q := range a.open() {
		q.cancelled = q.cancelled && q.saying != nil
	}
}

func (e TurnDeleted) apply(a *Arbiter) {
	a.turns = slices.DeleteFunc(a.turns, func(t *turn) bool { return t.id == e.ID })
}

func (e Created) apply(a *Arbiter) {
	if e.Beside {
		return
	}
	if a.active != nil { // Its end was not seen.
		a.ended(a.active, CancelledByVoice, Failure{})
	}
	r := &response{id: e.Response}
	a.active = r
	a.identify(r, e.Tag)
	if r.request != nil && r.request.cancelled {
		a.silence() // What it would have answered is settled.
		return
	}
	if r.saying() == nil {
		a.held = false
		a.seen(r.id)
	}
	switch {
	case r.request != nil && r.request.early,
		a.speaking && a.c.Interrupts: // It began after the speech did, so that the server lets it run.
		r.unheard = true
		a.do(Cancel{r.id})
	}
}

// identify finds the request of a response.
func (a *Arbiter) identify(r *response, tag string) {
	q := a.asked
	switch {
	case q != nil && q.tag == tag:
		r.request, a.asked = q, nil
	case tag != "":
		i := slices.IndexFunc(a.past, func(q *request) bool { return q.tag == tag })
		if i < 0 {
			return
		}
		r.request = a.past[i]
		a.past = slices.Delete(a.past, i, i+1)
		if s := r.request.saying; s != nil {
			a.take(func(x *saying) bool { return x == s })
		}
	case q != nil && !a.c.Echoes && !a.expecting():
		r.request, r.provisional, a.asked = q, true, nil
	}
}

// seen notes that a response sees everything that is owed.
func (a *Arbiter) seen(response string) {
	a.try()
	for _, t := range a.turns {
		if t.by == "" {
			t.by = response
		}
	}
	for _, c := range a.calls {
		if c.stage == confirmed {
			c.stage, c.by = seen, response
		}
	}
}

// unseen takes back that a response has seen something.
func (a *Arbiter) unseen(response string) {
	for _, t := range a.turns {
		if t.by == response {
			t.by = ""
		}
	}
	a.turns = slices.DeleteFunc(a.turns, func(t *turn) bool { return t.by == "" && t.stopped })
	for _, c := range a.calls {
		if c.stage == seen && c.by == response {
			c.stage, c.by = confirmed, ""
		}
	}
}

// answered settles what a response has seen.
func (a *Arbiter) answered(response string) {
	a.turns = slices.DeleteFunc(a.turns, func(t *turn) bool { return t.by == response })
	a.settle(func(c *call) bool { return c.stage == seen && c.by == response })
}

func (e Done) apply(a *Arbiter) {
	if r := a.active; r != nil && r.id == e.Response {
		a.active = nil
		a.ended(r, e.End, e.Failure)
	}
}

func (a *Arbiter) ended(r *response, end Ending, f Failure) {
	s := r.saying()
	switch {
	case end == Completed && r.byProgram: // It was over before the cancellation arrived.
		a.stopped(r, Said)
		a.succeeded()
	case r.byProgram:
		a.stopped(r, Cut)
	case end == Completed:
		a.answered(r.id)
		a.over(s, Said)
		a.succeeded()
	case end == Failed:
		a.unseen(r.id)
		a.failed(s, f)
	default:
		a.cancelled(r, s, end == CancelledByClient && !r.unheard && !a.speaking)
	}
}

// cancelled notes the end of a response that was cut, but not for an event here. What cancels
// it for the user's voice does so while the user speaks.
func (a *Arbiter) cancelled(r *response, s *saying, byProgram bool) {
	switch {
	case byProgram:
		a.answered(r.id)
		a.over(s, Cut)
		a.held = true
	case r.unheard: // Nothing of it was said.
		a.unseen(r.id)
		a.back(s)
	default: // The response to what the user says sees it; a false start does not lose it.
		a.unseen(r.id)
		a.over(s, Cut)
	}
}

func (e Refused) apply(a *Arbiter) {
	ours := func(q *request) bool { return q != nil && (q.tag == e.Tag || e.Tag == "" && e.Active) }
	r := a.active
	switch q := a.asked; {
	case ours(q) && e.Active:
		if a.asked = nil; !a.unwanted(q) {
			a.refused(q.saying)
		}
	case ours(q):
		if a.asked = nil; !a.unwanted(q) {
			a.failed(q.saying, e.Failure)
		}
	case r == nil || !r.provisional || !ours(r.request):
	case r.byProgram:
		a.over(r.saying(), Cut)
		r.request, r.provisional = nil, false
	default:
		// The response is another's. What it saw may have no answer: rather two than none.
		a.back(r.request.saying)
		r.request, r.provisional = nil, false
		a.unseen(r.id)
	}
}

func (e Wanted) apply(a *Arbiter) {
	s := &saying{id: e.Saying, call: e.Call, free: e.Free}
	if e.Aside {
		a.back(s)
		return
	}
	if e.Call == "" {
		a.held = false
	}
	a.sayings = append(a.sayings, s)
}

func (e Unwanted) apply(a *Arbiter) {
	for _, q := range a.open() {
		if e.Asked && q.saying != nil && q.saying.id == e.Saying {
			q.cancelled = true
		}
	}
	a.over(a.take(func(s *saying) bool { return s.id == e.Saying }), Dropped)
}
