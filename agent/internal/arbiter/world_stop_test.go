package arbiter

import (
	"cmp"
	"slices"
)

// asked is a request of the client to which there is no response yet.
type asked struct {
	Ask

	stopped bool // by the program
}

// interrupt stops what is said, for the program: what the client has asked for or sees run is
// not asked for again. A turn to which no answer was asked for yet gets its own.
func (w *world) interrupt() {
	w.note("program interrupts")
	w.n.interruptions++
	w.c.held = true
	for _, t := range w.turns {
		if t.known && t.tried && !t.answered {
			t.stopped, t.excused = true, true
		}
		t.stopped = t.stopped || t.late && !t.answered
	}
	w.stopSayings(func(*modelSaying) bool { return true })
	if q := w.c.asked; q != nil {
		q.stopped = true
	}
	w.step(Interrupted{})
}

// stopSayings notes that sayings which were asked for are not to be asked for again.
func (w *world) stopSayings(f func(s *modelSaying) bool) {
	for _, s := range w.sayings {
		if s.tried && !s.over && f(s) {
			w.stopSaying(s)
		}
	}
}

// stopSaying notes that a saying is not to be asked for again, nor begin.
func (w *world) stopSaying(s *modelSaying) {
	s.stopped = true
	s.cut++
	if q := w.c.asked; q != nil && w.sayings[q.Saying] == s {
		q.stopped = true
	}
}

// trip stops the answer to one turn, a saying that was asked for, or both, and may have
// something said instead.
func (w *world) trip() {
	var t *userTurn
	for _, x := range w.turns {
		if x.known && x.tried && !x.answered && !x.excused {
			t = x
		}
	}
	id := w.pick()
	if which := w.rng.IntN(3); which == 0 && t != nil {
		id = ""
	} else if which == 1 && id != "" {
		t = nil
	}
	if t == nil && id == "" {
		return
	}
	w.n.interruptions++
	e := Stopped{
		Turn:   func(turn string) bool { return t != nil && turn == t.id },
		Call:   func(call string) bool { return t != nil && w.calls[call].turn == t },
		Saying: func(saying string) bool { return saying == id },
	}
	if t != nil {
		w.note("a guard stops the answer to %s", t.id)
		t.stopped, t.tripped, t.excused = true, true, true
		w.stopSayings(func(s *modelSaying) bool { return s.filler != nil && s.filler.turn == t })
		if r := w.c.active; r != nil && r.saying == "" {
			e.Speaking = true
			for _, x := range r.turns {
				e.Speaking = e.Speaking && (x == t || x.answered || x.stopped)
			}
		}
	}
	if id != "" {
		w.note("a guard stops %s", id)
		w.stopSayings(func(s *modelSaying) bool { return s == w.sayings[id] })
		if said, _ := w.c.a.Saying(); said == id {
			e.Speaking = true
			w.mistake()
		}
	}
	if q := w.c.asked; q != nil && q.Saying == "" && w.stoppedAll() {
		q.stopped = true
	}
	w.step(e)
	if w.luck(50) {
		id := w.id("instead")
		w.sayings[id] = &modelSaying{instead: true}
		w.step(Wanted{Saying: id, Aside: true})
	}
}

// mistake excuses the turns of an answer without a tag that is taken for a saying, and is
// stopped with it.
func (w *world) mistake() {
	if r := w.c.active; r != nil && r.saying == "" {
		for _, t := range r.turns {
			t.stopped, t.excused = true, true
		}
	}
}

// pick returns a saying that is not over and no filler, "" if there is none.
func (w *world) pick() string {
	open := map[string]bool{}
	for id, s := range w.sayings {
		open[id] = !s.over && s.filler == nil
	}
	ids := slices.Collect(sorted(open))
	if len(ids) == 0 {
		return ""
	}
	return ids[w.rng.IntN(len(ids))]
}

// unwant takes a saying back: one that waits, or with asked any that has not begun.
func (w *world) unwant(id string, asked bool) {
	if s := w.sayings[id]; s == nil || s.over {
		return
	}
	w.note("%s is unwanted", id)
	said, _ := w.c.a.Saying()
	q := cmp.Or(w.c.a.asked, w.c.a.limbo)
	if inFlight := q != nil && q.saying != nil && q.saying.id == id; said != id && (asked || !inFlight) {
		w.stopSaying(w.sayings[id])
	}
	w.step(Unwanted{Saying: id, Asked: asked})
}

// unsay takes back what was to be said in place of a stopped answer, since another answer has
// begun.
func (w *world) unsay() {
	if said, asked := w.c.a.Saying(); w.c.a.Active() == "" || asked && said != "" || w.c.a.Stopping() {
		return
	}
	instead := map[string]bool{}
	for id, s := range w.sayings {
		instead[id] = s.instead
	}
	for id := range sorted(instead) {
		w.unwant(id, true)
	}
}

// tellLate gives the conversation the late result of a call. It waits while outputs do.
func (w *world) tellLate() {
	if !w.up {
		return
	}
	t := &userTurn{id: w.id("late"), late: true}
	w.turns = append(w.turns, t)
	w.s.turns[t.id] = true
	w.send(Turn{ID: t.id, Late: true}, func() {
		if w.c.turns[t.id], t.known, t.stopped = true, true, w.c.held; !w.c.held {
			w.resume()
		}
	})
}

// news notes that there is something new to answer or to say: outputs that waited since the
// program has interrupted may be answered.
func (w *world) news() {
	w.c.held = false
	for _, t := range w.turns {
		t.stopped = t.tripped
	}
}

// resume notes that there is something new to answer, which the response to a request in
// flight sees.
func (w *world) resume() {
	w.news()
	if q := w.c.asked; q != nil && q.Saying == "" {
		q.stopped = false
	}
}

// asks notes a request of the client, and looks for one that goes on with what was stopped.
func (w *world) asks(x Ask) {
	w.c.asked = &asked{Ask: x}
	if s := w.sayings[x.Saying]; s != nil {
		if s.tried = true; s.stopped {
			w.fail(&w.n.continued, "%s was stopped, and is asked for again", x.Saying)
		}
		return
	}
	if w.stoppedAll() {
		w.fail(&w.n.continued, "all that is owed was stopped, and an answer is asked for")
	}
	for _, t := range w.turns {
		t.tried = t.tried || t.known
	}
}

// stoppedAll reports whether the answers to all turns that have none were stopped, and no call
// of another turn has an output without an answer.
func (w *world) stoppedAll() bool {
	stopped := false
	for _, t := range w.turns {
		if t.known && !t.stopped && !t.answered {
			return false
		}
		stopped = stopped || t.stopped
	}
	for _, c := range w.calls {
		if !c.settled && !c.turn.stopped {
			return false
		}
	}
	return stopped
}

// began notes a response that the client sees begin.
func (w *world) began(r *modelResponse) {
	w.c.saying, w.c.active = r.saying, r
	if q := w.c.asked; q != nil && q.Tag == r.tag && q.stopped && !w.v.mute {
		w.c.ending = r.id
	}
	w.settled(r.tag)
	if r.saying == "" {
		w.after(0, w.unsay)
		if w.c.ending == "" {
			w.news()
		}
		for _, t := range r.turns {
			t.tried = t.tried || t.known
		}
		for _, c := range r.outputs {
			if w.c.outputs[c.id] {
				r.confirmed = append(r.confirmed, c)
			}
		}
	}
}

// settled notes that there is a response to a request, or a refusal.
func (w *world) settled(tag string) {
	if q := w.c.asked; q != nil && q.Tag == tag {
		w.c.asked = nil
	}
}

// sent notes that a new connection is given the request which waited for it, or that there is
// none.
func (w *world) sent() {
	if w.c.waiting == nil {
		w.c.asked = nil
	}
}
