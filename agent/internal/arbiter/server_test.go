package arbiter

import (
	"fmt"
	"slices"
	"time"
)

// speak is a turn of the user, or noise.
func (w *world) speak(length time.Duration) {
	if !w.up {
		return
	}
	conn := w.conn
	w.s.speaking = true
	w.note("user speaks")
	w.send(SpeechStarted{}, func() { w.c.speaking = true })
	if r := w.s.active; r != nil && w.interrupts {
		w.n.interruptions++
		w.finish(r, CancelledByVoice)
	}
	w.after(length, func() {
		if !w.up || conn != w.conn {
			return
		}
		w.s.speaking = false
		if w.luck(4) {
			w.note("noise")
			w.send(SpeechStopped{}, func() { w.c.speaking = false })
			return
		}
		w.commit()
	})
}

func (w *world) commit() {
	t := &userTurn{id: w.id("turn")}
	for range w.rng.IntN(3) {
		t.steps = append(t.steps, 1+w.rng.IntN(5))
	}
	w.turns = append(w.turns, t)
	w.n.turns++
	w.s.turns[t.id] = true
	w.note("commit %s %v", t.id, t.steps)
	w.send(SpeechStopped{})
	w.send(Turn{ID: t.id, Spoken: true}, func() { w.c.speaking, w.c.turns[t.id], t.known = false, true, true }, w.resume)
	if !w.answers || w.luck(3) {
		return
	}
	conn := w.conn
	w.after(w.between(0, 50*time.Millisecond), func() {
		if w.up && conn == w.conn && w.s.active == nil && !w.s.speaking {
			w.begin("", "")
		}
	})
}

// create is a request for a response, which may have waited for a new connection: what it was
// made for may be lost.
func (w *world) create(tag, saying string, waited bool) {
	refuse := func(active bool) {
		e := Refused{Tag: tag, Active: active}
		if w.v.silent || w.v.mute {
			e.Tag = ""
		}
		w.send(e, func() { w.settled(tag) })
	}
	switch {
	case w.s.active != nil:
		w.fail(&w.n.active, "already active: %s asked by %s", w.s.active.id, tag)
		refuse(true)
	case w.luck(3):
		w.note("refuses %s", tag)
		refuse(false)
	case w.v.swallows && w.luck(1):
		w.note("swallows %s", tag)
	default:
		if saying == "" && !waited {
			w.countEarly()
		}
		w.begin(tag, saying)
	}
}

// countEarly counts a request for an answer before the calls of one response returned.
func (w *world) countEarly() {
	for _, t := range w.turns {
		if w.s.turns[t.id] && !t.seen {
			return
		}
	}
	returned, waiting := map[*modelResponse]int{}, map[*modelResponse]int{}
	for _, c := range w.calls {
		switch {
		case c.withdrawn:
			return
		case w.s.calls[c.id] && !w.s.outputs[c.id]:
			waiting[c.response]++
		case w.s.outputs[c.id] && !c.followed:
			returned[c.response]++
		}
	}
	early := false
	for r := range returned {
		if waiting[r] == 0 {
			return
		}
		early = true
	}
	if early {
		w.fail(&w.n.early, "asked before all calls of a response returned")
	}
}

// begin begins a response to what the conversation holds.
func (w *world) begin(tag, saying string) {
	r := &modelResponse{id: w.id("resp"), tag: tag, saying: saying}
	w.s.active = r
	if saying == "" {
		w.think(r)
	}
	w.note("begins %s %s%s, %d turns, %d outputs, calls %d", r.id, tag, saying, len(r.turns), len(r.outputs), len(r.calls))
	e := Created{Response: r.id, Tag: tag}
	if w.v.mute {
		e.Tag = ""
	}
	w.send(e, func() { w.began(r) })
	conn, length := w.conn, w.between(400*time.Millisecond, 3*time.Second)
	alive := func() bool { return w.up && conn == w.conn && !r.over }
	var atEnd []func()
	for i, c := range r.calls {
		announce := func() {
			w.note("calls %s (%s)", c.id, c.key)
			w.s.calls[c.id] = true
			w.sendLate(func() Event { return Called{Call: c.id, Response: r.id, Stopped: c.turn.tripped} }, func() { w.c.calls[c.id] = true })
		}
		way := w.rng.IntN(10)
		if way == 0 { // In response.done alone.
			atEnd = append(atEnd, announce)
			continue
		}
		w.after(length*time.Duration(i+1)/time.Duration(len(r.calls)+1), func() {
			if !alive() {
				return
			}
			announce()
			if way < 3 {
				announce()
			}
		})
	}
	r.calls = nil
	end := func(how Ending) {
		for _, f := range atEnd {
			f()
		}
		w.finish(r, how)
	}
	w.after(length, func() {
		if !alive() {
			return
		}
		if w.luck(4) {
			end(Failed)
			return
		}
		end(Completed)
	})
}

// think decides what a response does: it makes the calls that are missing for the first
// turn with any, and answers everything else.
func (w *world) think(r *modelResponse) {
	for _, t := range w.turns {
		if !w.s.turns[t.id] {
			continue
		}
		r.turns = append(r.turns, t)
		if w.plays(r, t) {
			r.whole = append(r.whole, t)
		}
	}
	for _, c := range w.calls {
		if w.s.outputs[c.id] {
			r.outputs = append(r.outputs, c)
		}
	}
}

// plays makes the calls of the next step of a turn, and reports whether there are none
// left and all outputs are there.
func (w *world) plays(r *modelResponse, t *userTurn) bool {
	if t.answered {
		return true
	}
	for step, n := range t.steps {
		missing := 0
		for k := range n {
			key := fmt.Sprint(t.id, "/", step, "/", k)
			c := w.made(key)
			switch {
			case c == nil:
				c = &modelCall{id: w.id("call"), key: key, turn: t, response: r, toxic: w.luck(3)}
				w.calls[c.id] = c
				w.n.calls++
				r.calls = append(r.calls, c)
				missing++
			case !w.s.outputs[c.id] && !c.withdrawn:
				missing++
			}
		}
		if missing > 0 {
			return false
		}
	}
	return true
}

// made returns the call that the conversation holds for what the model wants.
func (w *world) made(key string) *modelCall {
	for _, c := range w.calls {
		if c.key == key && (w.s.calls[c.id] || c.withdrawn) {
			return c
		}
	}
	return nil
}

// finish ends a response.
func (w *world) finish(r *modelResponse, how Ending) {
	r.over = true
	if w.s.active == r {
		w.s.active = nil
	}
	w.note("ends %s %d", r.id, how)
	if s := w.sayings[r.saying]; s != nil && how != Completed && how != Failed {
		s.cut++
	}
	if how == Completed {
		for _, t := range r.turns {
			t.seen = true
		}
		for _, c := range r.outputs {
			c.followed = true
		}
	}
	w.send(Done{Response: r.id, End: how}, func() {
		if w.c.saying, w.c.active = "", nil; how != Completed {
			return
		}
		if s := w.sayings[r.saying]; s != nil {
			s.completed++
		}
		for _, t := range r.whole {
			t.answered = true
		}
		for _, c := range r.confirmed {
			c.settled = true
		}
	})
}

// cancel stops a response for the client.
func (w *world) cancel(id string) {
	if r := w.s.active; r != nil && r.id == id {
		w.finish(r, CancelledByClient)
	}
}

// output is an item that the client creates.
func (w *world) output(id string, pair, short bool) {
	c := w.calls[id]
	switch {
	case w.s.outputs[id]:
		w.send(OutputRefused{Call: id, Exists: true}, func() { w.c.outputs[id] = true })
	case !w.s.calls[id] && !pair, c.toxic && !short, w.luck(2):
		w.note("refuses the output of %s", id)
		c.withdrawn = c.withdrawn || short // The client writes no more: it need not know that yet.
		w.send(OutputRefused{Call: id})
	default:
		w.s.calls[id], w.s.outputs[id] = true, true
		if w.v.swallows && w.luck(2) {
			w.note("does not confirm %s", id)
			return
		}
		w.send(Confirmed{Call: id}, func() { w.c.calls[id], w.c.outputs[id] = true, true })
	}
}

// remove deletes a call that runs.
func (w *world) remove(id string) {
	if !w.up || !w.s.calls[id] || w.s.outputs[id] {
		return
	}
	w.note("deletes %s", id)
	delete(w.s.calls, id)
	w.calls[id].withdrawn = true
	w.send(CallDeleted{Call: id}, func() { delete(w.c.calls, id) })
}

// cut loses the connection, and makes another.
func (w *world) cut() {
	if !w.up {
		return
	}
	w.up = false
	w.n.connections++
	w.note("cut")
	heard := w.luck(50)
	w.after(w.between(0, 300*time.Millisecond), func() {
		if s := w.sayings[w.c.saying]; s != nil && heard {
			s.cut++
		}
		w.c.saying, w.c.active = "", nil
		w.c.down, w.c.speaking = true, false
		for id := range w.calls {
			if w.c.calls[id] && !w.c.outputs[id] {
				w.c.cut[id] = true
			}
		}
		w.step(Down{Heard: heard})
		w.after(w.between(200*time.Millisecond, 3*time.Second), w.restore)
	})
}

// restore gives a new connection what the client knows.
func (w *world) restore() {
	w.conn++
	w.up, w.s = true, newServer()
	w.toClient, w.toServer = w.now, w.now
	e := Up{Turns: w.s.turns, Calls: w.s.calls, Outputs: w.s.outputs, Sending: map[string]bool{}}
	for _, t := range w.turns {
		if w.c.turns[t.id] && !w.luck(10) {
			w.s.turns[t.id] = true
		} else {
			t.excused = true
		}
	}
	for id := range sorted(w.c.calls) {
		w.s.calls[id] = w.c.outputs[id] || !w.v.forgets
		if w.c.outputs[id] {
			w.s.outputs[id] = true
		}
		if !w.s.calls[id] {
			delete(w.s.calls, id)
		}
	}
	for id := range sorted(w.c.written) {
		if w.s.calls[id] && !w.s.outputs[id] && !w.c.running[id] && w.luck(50) {
			e.Sending[id] = true
			w.travel(&w.toServer, func() { w.output(id, false, false) })
		}
	}
	w.c.down = false
	w.sent()
	if x := w.c.waiting; x != nil {
		e.Waiting, w.c.waiting = x.Tag, nil
		w.travel(&w.toServer, func() { w.create(x.Tag, x.Saying, true) })
	}
	w.note("restored: %d turns, %d calls, %d outputs, %d sending", len(w.s.turns), len(w.s.calls), len(w.s.outputs), len(e.Sending))
	w.step(e)
}

func sorted(m map[string]bool) func(func(string) bool) {
	var ids []string
	for id, in := range m {
		if in {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Values(ids)
}
