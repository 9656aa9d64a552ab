package arbiter

import "time"

// step gives the arbiter an event and does what it says.
func (w *world) step(e Event) {
	if e != nil {
		w.note("    %T%+v", e, e)
	}
	for _, x := range w.c.a.Step(w.now, e) {
		w.note("        %T%+v", x, x)
		w.do(x)
	}
	w.c.wake++
	n := w.c.wake
	if d, due := w.c.a.Wake(w.now); due {
		w.after(d, func() {
			if n == w.c.wake {
				w.step(nil)
			}
		})
	}
}

func (w *world) do(x Action) {
	up := func(f func()) {
		if w.up {
			w.travel(&w.toServer, f)
		}
	}
	switch x := x.(type) {
	case Run:
		w.runTool(x.Call)
	case Write:
		w.c.written[x.Call] = true
		up(func() { w.output(x.Call, x.Pair, x.Short) })
	case Ask:
		w.n.requests++
		w.asks(x)
		if w.c.waiting = nil; !w.up && w.luck(50) {
			w.c.waiting = &x // It stays in the queue, and is sent on the next connection.
		}
		up(func() { w.create(x.Tag, x.Saying, false) })
	case Cancel:
		if w.c.ending == x.Response {
			w.c.ending = ""
		}
		up(func() { w.cancel(x.Response) })
	case Over:
		s := w.sayings[x.Saying]
		if s.over {
			w.fail(&w.n.sayings, "%s is over twice", x.Saying)
		}
		s.over, s.how = true, x.How
		if x.How == GivenUp {
			w.n.givenUp++
		}
	case Report:
		w.report(x)
	}
}

func (w *world) report(x Report) {
	switch x.Lost {
	case TurnStopped, CallStopped:
		return // The oracles know what may be.
	case TurnUnanswered, CallUnanswered, OutputLost:
		w.n.givenUp++
	case TurnLost:
	}
	switch x.Lost {
	case TurnStopped, CallStopped:
	case OutputLost:
		w.calls[x.ID].withdrawn = true
	case CallUnanswered:
		w.calls[x.ID].turn.excused = true
	case TurnLost, TurnUnanswered:
		for _, t := range w.turns {
			t.excused = t.excused || t.id == x.ID
		}
	}
}

// runTool runs a function. It may be slow, and then has a filler; its call may be
// deleted meanwhile.
func (w *world) runTool(id string) {
	c := w.calls[id]
	if c.runs++; c.runs > 1 {
		w.fail(&w.n.doubled, "%s runs %d times", id, c.runs)
	}
	if w.effects[c.key]++; w.effects[c.key] > 1 {
		w.fail(&w.n.effects, "%s was done %d times", c.key, w.effects[c.key])
	}
	w.c.running[id] = true
	d := w.between(10*time.Millisecond, 4*time.Second)
	if w.luck(10) {
		d = w.between(5*time.Second, 20*time.Second)
	}
	if d > time.Second && w.luck(30) {
		w.after(time.Second, func() {
			s := w.id("fill")
			w.sayings[s] = &modelSaying{filler: c}
			w.step(Wanted{Saying: s, Call: id})
		})
	}
	if w.luck(2) {
		w.after(w.between(0, d), func() { w.remove(id) })
	}
	w.after(d, func() {
		delete(w.c.running, id)
		w.step(Returned{Call: id})
	})
}

// watch looks for silence: the client owes an answer, nothing is in its way, and nothing
// happens.
func (w *world) watch() {
	if w.c.ending != "" {
		w.fail(&w.n.continued, "%s was stopped before it began, and is not cancelled", w.c.ending)
		w.c.ending = ""
	}
	owes := false
	for _, t := range w.turns {
		owes = owes || t.known && !t.answered && !t.excused && (!t.late || !t.stopped) && !w.open(t)
	}
	if !owes || !w.up || w.c.down || w.s.active != nil || w.s.speaking || w.c.speaking || w.cutCallsRun() {
		w.owing = -1
		return
	}
	if w.owing < 0 {
		w.owing = w.now
	}
	if w.now-w.owing > 4*time.Second {
		w.fail(&w.n.silences, "silence since %v", w.owing)
		w.owing = w.now
	}
}

// open reports whether a call of a turn runs, or one of the same response as a call of
// the turn.
func (w *world) open(t *userTurn) bool {
	for id := range w.c.running {
		for _, c := range w.calls {
			if c.turn == t && c.response == w.calls[id].response {
				return true
			}
		}
	}
	return false
}

func (w *world) cutCallsRun() bool {
	for id := range w.c.running {
		if w.c.cut[id] {
			return true
		}
	}
	return false
}

// judge looks at the end for what is missing.
func (w *world) judge() {
	for _, t := range w.turns {
		if t.known && !t.answered && !t.excused && (!t.late || !t.stopped) {
			w.fail(&w.n.stalls, "%s has no whole answer", t.id)
		}
	}
	for id, s := range w.sayings {
		switch {
		case !s.over:
			w.fail(&w.n.sayings, "%s was forgotten", id)
		case s.how == Said && s.completed == 0:
			w.fail(&w.n.sayings, "%s was not said", id)
		case s.how == Cut && s.cut == 0:
			w.fail(&w.n.sayings, "%s was not cut", id)
		case s.completed > 1:
			w.fail(&w.n.sayings, "%s was said %d times", id, s.completed)
		}
	}
	if a := w.c.a; !a.Resting(func(string) bool { return true }) || len(a.sayings) > 0 {
		w.fail(&w.n.stalls, "the arbiter is not idle: %+v", w.c.a)
	}
}
