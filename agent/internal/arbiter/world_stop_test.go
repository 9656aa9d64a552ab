package arbiter

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
	for _, t := range w.turns {
		if t.known && t.tried && !t.answered {
			t.stopped, t.excused = true, true
		}
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
			s.stopped = true
			s.cut++
		}
	}
}

// trip stops the answer to one turn, which has begun, and has something said instead.
func (w *world) trip() {
	var t *userTurn
	for _, x := range w.turns {
		if x.known && x.tried && !x.answered && !x.excused {
			t = x
		}
	}
	if t == nil {
		return
	}
	w.note("a guard stops the answer to %s", t.id)
	w.n.interruptions++
	t.stopped, t.tripped, t.excused = true, true, true
	w.stopSayings(func(s *modelSaying) bool { return s.filler != nil && s.filler.turn == t })
	e := Stopped{
		Turn: func(id string) bool { return id == t.id },
		Call: func(id string) bool { return w.calls[id].turn == t },
	}
	if r := w.c.active; r != nil && r.saying == "" {
		e.Speaking = true
		for _, x := range r.turns {
			e.Speaking = e.Speaking && (x == t || x.answered || x.stopped)
		}
	}
	w.step(e)
	if w.luck(50) {
		id := w.id("instead")
		w.sayings[id] = &modelSaying{}
		w.step(Wanted{Saying: id, Aside: true})
	}
}

// news notes that there is something new to answer or to say: outputs that waited since the
// program has interrupted may be answered.
func (w *world) news() {
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
