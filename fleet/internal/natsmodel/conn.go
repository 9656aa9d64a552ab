package natsmodel

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// State is how a connection is.
type State int

// The states of a connection.
const (
	// Up passes requests and answers, and loses some of both.
	Up State = iota
	// Cut loses all. The servers do not notice: they deliver into it.
	Cut
	// Stalled passes all when it is up again, however late that is.
	Stalled
	// Minority has a server that has lost the others: it confirms renewals, which are worth
	// nothing, and stores nothing.
	Minority
	// Dead is the connection of a process that was killed. It stays so.
	Dead
)

// Conn is the connection of one process.
type Conn struct {
	s    *Servers
	name string

	mu      sync.Mutex
	state   State          // guarded by mu
	changed chan struct{}  // guarded by mu; closed and replaced with the state
	counts  map[string]int // guarded by mu; requests by what they are for
	handle  nats.MsgHandler
}

// Connect returns a connection with a name of its own.
func (s *Servers) Connect(name string) *Conn {
	return &Conn{s: s, name: name, changed: make(chan struct{}), counts: map[string]int{}}
}

// Set changes the state, unless the connection is dead.
func (c *Conn) Set(state State) {
	c.mu.Lock()
	if c.state != Dead {
		c.state = state
		close(c.changed)
		c.changed = make(chan struct{})
	}
	c.mu.Unlock()
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.wake()
}

// State returns the state.
func (c *Conn) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Pass waits while the connection is stalled, and reports whether it passes what is sent.
func (c *Conn) Pass() bool {
	for {
		c.mu.Lock()
		state, changed := c.state, c.changed
		c.mu.Unlock()
		if state != Stalled {
			return state == Up || state == Minority
		}
		<-changed
	}
}

// wait lets the time of the bubble pass.
func wait(d time.Duration) { <-time.After(d) }

// lossOf is one in how many requests, and answers, is lost.
const lossOf = 150

// do sends a request and waits for its answer, or the end of ctx, which must have a deadline.
// The request may be done nevertheless, also later.
func (c *Conn) do(ctx context.Context, what string, apply func() error) error {
	c.mu.Lock()
	c.counts[what]++
	n := strconv.Itoa(c.counts[what])
	c.mu.Unlock()
	if c.State() == Dead {
		return nats.ErrConnectionClosed
	}
	draw := func(below uint64, of string) int64 { return c.s.draw(below, c.name, what, n, of) }
	answer := make(chan error, 1)
	go func() {
		wait(time.Duration(100+draw(1500, "there")) * time.Microsecond)
		if draw(lossOf, "request") == 0 || !c.Pass() || c.State() == Minority {
			return
		}
		err := c.apply(apply)
		wait(time.Duration(100+draw(1500, "back")) * time.Microsecond)
		if draw(lossOf, "answer") != 0 && c.Pass() {
			answer <- err
		}
	}()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Conn) apply(apply func() error) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.s.down {
		return nats.ErrNoResponders
	}
	return apply()
}

// Publish sends a hint to the connection that listens on a subject. It may be lost.
func (c *Conn) Publish(subject string, data []byte) error {
	go func() {
		wait(time.Millisecond)
		if c.State() != Up || c.s.draw(4, c.name, subject, string(data)) == 0 {
			return
		}
		c.s.mu.Lock()
		to := c.s.conns[subject]
		c.s.mu.Unlock()
		if to != nil && to.State() == Up {
			to.handle(&nats.Msg{Subject: subject, Data: data})
		}
	}()
	return nil
}

// Subscribe listens on a subject. It has no subscription to end.
func (c *Conn) Subscribe(subject string, handle nats.MsgHandler) (*nats.Subscription, error) {
	c.handle = handle
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.conns[subject] = c
	return nil, nil //nolint:nilnil // Unsubscribe of nil fails, which is ignored.
}
