package agent

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/voicelane/realtime-go/voice"
)

// hangUpTime bounds the end of a line.
const hangUpTime = 5 * time.Second

// finish ends the conversation, once. The lock is held.
func (c *Conversation) finish(e End) {
	if c.finished {
		return
	}
	c.finished, c.end = true, e
	c.timer.stop()
	c.dialed.stop()
	gone := c.ended()
	if e.Err == nil { // What was not answered until then has a cause of its own.
		gone = because(ErrEnded, c.arbiter.Failure())
	}
	for _, x := range []*exchange{c.now, c.next} {
		if x != nil {
			x.turn.Cut = x.turn.Cut || len(c.replies) > 0
			c.conclude(x, cmp.Or(x.fault, gone))
		}
	}
	for _, in := range c.inputs {
		in.answer.end(nil, gone)
	}
	for _, s := range c.sayings {
		if s.answer != nil && s.exchange == nil {
			s.answer.end(nil, gone)
		}
	}
	for _, w := range c.order {
		if w.late != nil {
			w.late.Stop()
		}
	}
	c.now, c.next = nil, nil
	c.stop(c.ended())
	s, latest := c.session, c.latest
	go func() {
		_ = s.Close() // What it could not send is of no use any more.
		<-latest
		c.tasks.Wait()
		c.turns.Close(e.Err)
		c.events.Close(e.Err)
		close(c.over)
	}()
}

// Close ends the conversation and closes the session. What is being said is cut. Further
// calls wait for the end too.
func (c *Conversation) Close() error {
	c.mu.Lock()
	c.finish(End{By: Program})
	c.mu.Unlock()
	<-c.over
	return nil
}

// HangUp has the agent say goodbye, if there is one, and ends the conversation once that
// was heard, the call of a line that is a voice.Hanger included. If the user or the context cuts the goodbye, the conversation ends then.
func (c *Conversation) HangUp(ctx context.Context, goodbye string) error {
	var err error
	if goodbye != "" {
		if err = c.Say(ctx, goodbye); errors.Is(err, ErrCut) || errors.Is(err, ErrEnded) {
			err = nil
		}
	}
	return errors.Join(err, c.endCall(Program), c.Close())
}

// leave ends the conversation when the agent wants to, and has said what it says. The
// lock is held.
func (c *Conversation) leave() {
	if !c.leaving || c.departing || len(c.replies) > 0 || c.arbiter.Active() != "" || c.finished {
		return
	}
	if c.bridge == nil {
		if len(c.audible) == 0 {
			c.finish(End{By: Model})
		}
		return
	}
	c.departing = true
	go c.depart()
}

// endCall ends the line, if it can be ended, and the conversation.
func (c *Conversation) endCall(by Side) error {
	var err error
	if h, ok := c.o.Line.(voice.Hanger); ok {
		ctx, cancel := context.WithTimeout(context.Background(), hangUpTime)
		defer cancel()
		err = h.HangUp(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finish(End{By: by})
	return err
}

// depart ends the conversation for the agent once what it said was heard. If the user
// interrupts that, the conversation goes on. If another side ends the conversation first, the
// line is left to it.
func (c *Conversation) depart() {
	interrupted := errors.Is(c.bridge.PlayOut(c.life), voice.ErrInterrupted)
	c.mu.Lock()
	over := c.finished
	if interrupted {
		c.leaving, c.departing = false, false
	}
	c.mu.Unlock()
	if over || interrupted {
		return
	}
	if err := c.endCall(Model); err != nil {
		c.log.Warn("agent line not hung up", "error", err)
	}
}

// EndCall returns the tool end_call, with which the model ends the conversation. When
// tells it when. What the model says in the same breath is heard to its end, and then a
// line that is a voice.Hanger is hung up. A user who interrupts that keeps the
// conversation.
func EndCall(when string) Tool {
	t := Func("end_call", "Ends the conversation. "+when, func(ctx context.Context, _ struct{}) (string, error) {
		if call := CallFrom(ctx); call != nil {
			call.Conv.mu.Lock()
			defer call.Conv.mu.Unlock()
			call.Conv.leaving = true
		}
		return "the conversation ends", nil
	})
	t.Silent = true
	return t
}
