package agent

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
)

// transcribeWithin bounds the wait of a turn for the transcript of what the user said.
const transcribeWithin = 3 * time.Second

// input notes what the user said. It joins the exchange that no response has begun to
// answer, or begins one. The lock is held, as in all of this file.
func (c *Conversation) input(item string) *exchange {
	x := c.now
	switch {
	case x == nil:
		x = newExchange()
		c.now = x
	case x.asked && !x.begun:
	default:
		if c.next == nil {
			c.next = newExchange()
		}
		x = c.next
	}
	if !x.asked {
		x.asked, x.id = true, item
	}
	x.items = append(x.items, item)
	return x
}

// asking returns the exchange that an item of the user is part of, or else the present one.
func (c *Conversation) asking(item string) *exchange {
	if c.next != nil && slices.Contains(c.next.items, item) {
		return c.next
	}
	return c.now
}

// confirmed notes that what the user wrote has arrived.
func (c *Conversation) confirmed(item string) {
	in, ok := c.inputs[item]
	if !ok {
		return
	}
	delete(c.inputs, item)
	x := c.input(item)
	x.since = time.Now()
	x.wrote(in.text)
	x.answers = append(x.answers, in.answer)
	c.events.Put(&UserSaid{in.text})
	c.step(arbiter.Turn{ID: item})
}

func newExchange() *exchange {
	return &exchange{id: "turn_" + rand.Text(), turn: &Turn{}, since: time.Now(), unwritten: map[string]bool{}, written: make(chan struct{}), silent: make(chan struct{})}
}

// wrote adds text of the user.
func (x *exchange) wrote(text string) {
	if x.turn.User != "" && text != "" {
		x.turn.User += "\n"
	}
	x.turn.User += text
}

// transcribed notes that speech of the user was transcribed, or never will be.
func (x *exchange) transcribed(item string) {
	if delete(x.unwritten, item); len(x.unwritten) == 0 && x.over {
		closeOnce(x.written)
	}
}

// closeOnce closes a channel unless it is closed. The lock is held.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// hush closes silent if all of an exchange that is over was heard or cut.
func (x *exchange) hush() {
	if !x.over {
		return
	}
	for _, r := range x.replies {
		if r.heard == nil {
			return
		}
	}
	closeOnce(x.silent)
}

// begin returns the exchange that a response belongs to.
func (c *Conversation) begin(s *sentence) *exchange {
	switch {
	case s == nil && c.next != nil && !c.arbiter.Stopping(): // A response that is cancelled as it begins answers nothing.
		c.conclude(c.now, nil)
		c.unsay(c.now)
		c.now, c.next = c.next, nil
	case c.now != nil && c.now.turn.Guard != nil && (s == nil || !s.exact) && !c.arbiter.Stopping():
		c.conclude(c.now, nil) // The model says no more in a turn that a guard has stopped.
		c.unsay(c.now)
		c.now = nil
	}
	if c.now == nil {
		c.now = newExchange()
	}
	x := c.now
	if s == nil {
		c.gather(x)
	}
	x.begun = x.begun || s == nil || s.answer != nil
	if s != nil && s.answer != nil && s.exchange == nil {
		x.answers = append(x.answers, s.answer)
	}
	if s != nil {
		s.exchange = x
	}
	return x
}

// gather makes late results, which belong to no exchange before they are answered, part of that
// of their answer.
func (c *Conversation) gather(x *exchange) {
	for _, id := range c.arbiter.Owed() {
		if !slices.Contains(x.items, id) && (c.next == nil || !slices.Contains(c.next.items, id)) {
			x.items = append(x.items, id)
		}
	}
}

// part moves a question to which no answer has begun from the present exchange to the next one.
func (c *Conversation) part(x *exchange) {
	if c.now != x || !x.asked || x.begun || c.next != nil {
		return
	}
	n := newExchange()
	n.asked, x.asked = true, false
	n.id, x.id = x.id, n.id
	n.items, x.items = x.items, nil
	n.answers, x.answers = x.answers, nil
	n.unwritten, x.unwritten = x.unwritten, n.unwritten
	n.turn.User, x.turn.User = x.turn.User, ""
	n.since = x.since
	c.next = n
}

// unsay takes back what was to be said in place of what a guard has stopped, since another answer
// has begun.
func (c *Conversation) unsay(x *exchange) {
	for id, s := range c.sayings {
		if s.instead && s.exchange == x {
			c.step(arbiter.Unwanted{Saying: id, Asked: true})
		}
	}
}

// add adds a piece of what the agent says.
func (c *Conversation) add(r *reply, piece string) {
	x := r.exchange
	if piece == "" || x.over {
		return
	}
	if x.turn.Guard != nil && (r.sentence == nil || !r.sentence.exact) {
		return // It was stopped.
	}
	if c.bridge == nil && x.turn.FirstSound == 0 {
		x.turn.FirstSound = time.Since(x.since)
		x.turn.FirstHeard = x.turn.FirstSound
	}
	r.spoke = true
	x.text = append(x.text, piece...)
	for _, a := range x.answers {
		a.add(piece)
	}
	c.events.Put(&Saying{piece})
	c.look(x, utf8.RuneCountInString(piece), false)
}

// settle concludes the exchanges to which nothing is owed: the next one, too, if what the
// user said in it was deleted.
func (c *Conversation) settle() {
	for x := c.now; x != nil && c.settled(x); x = c.now {
		err := x.fault
		if err == nil && !x.begun && len(x.text) == 0 && !x.turn.Cut {
			err = because(ErrUnanswered, errWithdrawn)
		}
		c.now, c.next = c.next, nil
		c.conclude(x, err)
	}
}

// settled reports whether nothing is owed to the present exchange.
func (c *Conversation) settled(x *exchange) bool {
	return len(c.replies) == 0 && !x.guards.running && c.arbiter.Resting(c.concerns(x)) && !c.awaited()
}

// concerns returns which calls a turn waits for: its own.
func (c *Conversation) concerns(x *exchange) func(call string) bool {
	return func(call string) bool {
		w := c.works[call]
		return w != nil && w.exchange == x
	}
}

// awaited reports whether a sentence is part of what an answer waits for.
func (c *Conversation) awaited() bool {
	for _, s := range c.sayings {
		if s.exchange == c.now {
			return true
		}
	}
	return false
}

// conclude publishes a turn, after those before it, once the user's words are known.
func (c *Conversation) conclude(x *exchange, err error) {
	if x == nil {
		return
	}
	x.over, c.past = true, x
	x.turn.Agent, x.turn.Err = c.agent, err
	if c.bridge == nil {
		x.turn.Said = string(x.text)
	}
	for _, w := range c.order {
		if w.exchange == x {
			x.turn.Calls = append(x.turn.Calls, shown(w.tool, w.Call))
		}
	}
	x.transcribed("")
	x.hush()
	before, mine := c.latest, make(chan struct{})
	c.latest = mine
	c.tasks.Go(func() {
		defer close(mine)
		<-before
		select {
		case <-x.silent:
		case <-c.quiet:
		}
		t := time.NewTimer(transcribeWithin)
		defer t.Stop()
		select {
		case <-x.written:
		case <-t.C:
		case <-c.life.Done():
		}
		c.publish(x)
	})
}

func (c *Conversation) publish(x *exchange) {
	c.mu.Lock()
	x.sum()
	turn := *x.turn
	c.mu.Unlock()
	if turn.Cut {
		c.events.Put(&Interrupted{&turn})
	}
	c.turns.Put(&turn)
	for _, a := range x.answers {
		a.end(&turn, turn.Err)
	}
	if c.o.Summary != nil {
		go c.shorten()
	}
}

// sum sums up what was heard of the responses, on a line.
func (x *exchange) sum() {
	var said, unheard []string
	for _, r := range x.replies {
		u := r.heard
		if u == nil {
			continue
		}
		x.turn.Utterances = append(x.turn.Utterances, *u)
		x.turn.Cut = x.turn.Cut || u.Cut
		if u.Said != "" {
			said = append(said, u.Said)
		}
		if u.Unheard != "" {
			unheard = append(unheard, u.Unheard)
		}
		if x.asked && x.turn.FirstSound == 0 && !u.FirstSound.IsZero() {
			x.turn.FirstSound = max(u.FirstSound.Sub(x.since), 0)
		}
		if x.asked && x.turn.FirstHeard == 0 && !u.FirstHeard.IsZero() {
			x.turn.FirstHeard = max(u.FirstHeard.Sub(x.since), 0)
		}
	}
	if len(x.replies) > 0 {
		x.turn.Said, x.turn.Unheard = strings.Join(said, " "), strings.Join(unheard, " ")
	}
}

// count adds what a response has used.
func (x *exchange) count(u api.Nullable[api.ResponseUsage]) {
	used, ok := u.Get()
	if !ok {
		return
	}
	if x.turn.Usage == nil {
		x.turn.Usage = &used
		return
	}
	sum := *x.turn.Usage
	sum.TotalTokens += used.TotalTokens
	sum.InputTokens += used.InputTokens
	sum.OutputTokens += used.OutputTokens
	sum.InputTokenDetails, sum.OutputTokenDetails = nil, nil // Of the parts alone.
	x.turn.Usage = &sum
}
