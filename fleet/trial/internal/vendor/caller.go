package vendor

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
	"github.com/voicelane/realtime-go/realtimetest"
)

// caller is one caller. It orders something now and then, for which the agent needs a
// function, and ends the call or has the agent end it.
type caller struct {
	vendor *Vendor
	call   *books.Call
	phone  *realtimetest.PhoneCall
	random *rand.Rand // Of run.

	mu      sync.Mutex
	wants   want          // guarded by mu
	order   int           // guarded by mu; the number of the latest order
	answers chan struct{} // has a token after an order was answered
}

// want is what the caller says next.
type want int

const (
	nothing want = iota
	anOrder
	toEnd
)

// ordering is how a caller sounds: for long enough to be noticed, and silent for long
// enough to be answered.
var ordering = append(realtimetest.Tone(200*time.Millisecond), realtimetest.Silence(700*time.Millisecond)...)

// endWithin is how long the agent has to end a call.
const endWithin = 40 * time.Second

// Call rings, talks until the context or [Vendor.EndCalls] ends the conversation, and
// finishes. It returns when the call is over, or was given up: the books have the rest.
func (v *Vendor) Call(ctx context.Context, talk time.Duration, short bool) error {
	phone, err := v.server.Ring(ctx, &realtimetest.Ringing{
		URL: "http://fronts/webhook", Secret: v.cfg.Secret, From: "<tel:+15550100>",
		Client: &http.Client{Transport: v.Fronts}, Deliveries: deliveries,
	})
	if err != nil {
		return err
	}
	c := &caller{vendor: v, call: v.Books.Call(phone.ID()), phone: phone, answers: make(chan struct{}, 1)}
	c.call.Short = short
	v.mu.Lock()
	v.callers[phone.ID()] = c
	c.random = rand.New(rand.NewPCG(v.random.Uint64(), 0)) //nolint:gosec // A seed repeats a trial.
	v.mu.Unlock()
	over := make(chan struct{})
	watch, stop := context.WithCancel(ctx)
	go func() {
		defer close(over)
		if end, err := phone.Ended(watch); err == nil {
			c.call.Add(books.Ended, "", end.By)
		}
	}()
	c.talk(ctx, talk)
	stop() // A call that has ended is noted all the same.
	<-over
	return nil
}

// talk is the conversation from the caller's end.
func (c *caller) talk(ctx context.Context, talk time.Duration) {
	if err := c.phone.Answered(ctx); err != nil {
		return
	}
	until, cancel := context.WithTimeout(ctx, talk)
	defer cancel()
	go func() {
		select {
		case <-c.vendor.closing:
			cancel()
		case <-until.Done():
		}
	}()
	unanswered := 0
	for wait(until, c.think()) == nil {
		answered, err := c.say(ctx, anOrder)
		switch {
		case err != nil:
			return // The call is over.
		case answered:
			unanswered = 0
		default:
			if unanswered++; unanswered == c.vendor.cfg.GiveUp {
				c.call.Add(books.GaveUp, "", "no order was answered any more")
				c.phone.HangUp()
				return
			}
		}
	}
	c.finish(ctx)
}

// think returns a pause.
func (c *caller) think() time.Duration {
	least, most := c.vendor.cfg.ThinkLeast, c.vendor.cfg.ThinkMost
	return least + time.Duration(c.random.Int64N(int64(most-least)+1))
}

// say says something and waits until it is answered. Pressing keys is another way to
// order, which works while an agent is attached alone.
func (c *caller) say(ctx context.Context, w want) (answered bool, err error) {
	select {
	case <-c.answers:
	default:
	}
	c.mu.Lock()
	c.wants = w
	c.mu.Unlock()
	if err := c.phone.Speak(ctx, ordering); err != nil {
		return false, err
	}
	ended := make(chan struct{})
	patient, cancel := context.WithTimeout(ctx, c.vendor.cfg.Patience)
	defer cancel()
	go func() {
		if _, err := c.phone.Ended(patient); err == nil {
			close(ended)
		}
	}()
	select {
	case <-c.answers:
		return true, nil
	case <-ended:
		return false, realtimetest.ErrEnded
	case <-patient.Done():
		return false, nil
	}
}

// finish ends the call: half of the callers hang up, once an order was answered, and half
// say goodbye.
func (c *caller) finish(ctx context.Context) {
	if wait(ctx, time.Duration(c.random.Int64N(int64(3*time.Second)))) != nil {
		return
	}
	ctx, cancel := context.WithTimeoutCause(ctx, endWithin, errors.New("the agent did not end the call"))
	defer cancel()
	polite := c.random.IntN(2) == 0
	for ctx.Err() == nil {
		if polite {
			c.call.Add(books.Goodbye, "", "")
			if _, err := c.say(ctx, toEnd); err != nil {
				return
			}
			continue
		}
		answered, err := c.say(ctx, anOrder)
		if err != nil {
			return
		}
		if answered {
			c.call.Add(books.HungUp, "", "")
			c.phone.HangUp()
			return
		}
	}
	c.call.Add(books.GaveUp, "", context.Cause(ctx).Error())
}

// takeWant returns what the caller wants of the model, once, and the number of the order.
func (c *caller) takeWant() (w want, order int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w, c.wants = c.wants, nothing
	if w == anOrder {
		c.order++
	}
	return w, c.order
}

// answered wakes the caller.
func (c *caller) answered() {
	select {
	case c.answers <- struct{}{}:
	default:
	}
}
