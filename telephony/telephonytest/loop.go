package telephonytest

import (
	"time"
)

// read takes what the program sends, until it ends the connection.
func (c *Call) read() {
	for {
		m, err := c.conn.read()
		if err != nil {
			c.end(Program, false)
			return
		}
		c.mu.Lock()
		frozen := c.frozen
		c.mu.Unlock()
		if frozen {
			<-c.ended
			return
		}
		c.change(func(now time.Time) { c.inbound.put(now, c.dice.delay(&c.network), m) })
	}
}

// longestWait bounds a wait that nothing limits.
const longestWait = time.Hour

// run lets time pass for the call, until its end.
func (c *Call) run() {
	timer := time.NewTimer(longestWait)
	defer timer.Stop()
	for {
		m, wait, over := c.step(time.Now())
		if over {
			return
		}
		if m != nil {
			if c.conn.write(*m) != nil {
				c.end(Program, false)
				return
			}
			continue
		}
		timer.Reset(wait)
		select {
		case <-c.kick:
		case <-timer.C:
		case <-c.ended:
			return
		}
	}
}

// step does what is due. It returns a message to write, or how long nothing is due.
func (c *Call) step(now time.Time) (m *message, wait time.Duration, over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return nil, 0, true
	}
	next := now.Add(longestWait)
	sooner := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	c.arrive(now, sooner)
	c.returnMarks(now, sooner)
	c.speak(now, sooner)
	if x, due, ok := c.outbound.take(now, c.stalled); ok {
		return &x, 0, false
	} else if !due.IsZero() {
		sooner(due)
	} else if c.outbound.last {
		go c.end(Caller, false) // It takes the lock.
		c.outbound.last = false
	}
	return nil, max(next.Sub(now), 0), false
}

// arrive handles what has arrived.
func (c *Call) arrive(now time.Time, sooner func(time.Time)) {
	for {
		m, due, ok := c.inbound.take(now, c.stalled)
		if !ok {
			if !due.IsZero() {
				sooner(due)
			}
			return
		}
		c.now = now
		c.far.receive(&c.scene, m)
		for _, reply := range c.replies {
			c.post(now, reply)
		}
		c.replies = c.replies[:0]
		if c.hungUp {
			go c.end(Program, false) // It takes the lock.
			return
		}
		if c.broken {
			go c.end(Caller, true) // It takes the lock.
			return
		}
	}
}

// returnMarks returns the marks whose sound was heard.
func (c *Call) returnMarks(now time.Time, sooner func(time.Time)) {
	for {
		due, ok := c.ear.next()
		if !ok {
			return
		}
		if due.After(now) {
			sooner(due)
			return
		}
		name := c.ear.marks[0].name
		c.ear.marks = c.ear.marks[1:]
		if m, ok := c.far.mark(name); ok {
			c.post(now, m)
		}
	}
}

// speak sends the pieces of the caller's sound that are complete.
func (c *Call) speak(now time.Time, sooner func(time.Time)) {
	if c.began.IsZero() || c.outbound.last {
		return // After a hang-up no sound is added, so that the queue empties.
	}
	length := time.Duration(c.traits.piece) * time.Millisecond
	for {
		due := c.began.Add(time.Duration(c.pieces+1) * length)
		if due.After(now) {
			sooner(due)
			return
		}
		sound := c.sound(c.in.Bytes(length))
		c.said = append(c.said, sound...)
		at := c.pieces * c.traits.piece
		c.pieces++
		c.deliver(now, c.far.media(c.pieces, at, sound))
	}
}

// deliver sends a piece, unless it is lost or changes places with the next one.
func (c *Call) deliver(now time.Time, m message) {
	n := &c.network
	lost := c.dice.hit(n.Loss) && !c.traits.lossless
	if c.gap > 0 {
		c.gap--
		lost = true
	}
	swap := c.traits.disorder && c.dice.hit(n.Disorder)
	switch {
	case lost:
	case c.swapped != nil:
		c.post(now, m)
		c.post(now, *c.swapped)
		c.swapped = nil
	case swap:
		c.swapped = &m
	default:
		c.post(now, m)
	}
}

// sound makes the caller's next piece: speech, and silence around it.
func (c *Call) sound(size int) []byte {
	piece := make([]byte, 0, size)
	for len(c.speech) > 0 && len(piece) < size {
		s := c.speech[0]
		n := min(size-len(piece), len(s.rest))
		piece = append(piece, s.rest[:n]...)
		if s.rest = s.rest[n:]; len(s.rest) == 0 {
			close(s.sent)
			c.speech = c.speech[1:]
		}
	}
	return c.in.AppendSilence(piece, c.in.Duration(size-len(piece))+time.Millisecond)[:size] // Durations are rounded.
}

// begin opens the stream, with the first messages if those were not sent.
func (c *Call) begin(first bool) {
	c.change(func(now time.Time) {
		if first {
			for _, m := range c.far.begin(&c.scene) {
				c.post(now, m)
			}
		}
		c.began = now
	})
}
