package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

const (
	saveWithin = 10 * time.Second
	saveAgain  = time.Second // after a failure
)

// unsaved notes that the state has changed. The lock is held.
func (c *Conversation) unsaved() {
	if c.o.Save == nil {
		return
	}
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// saved waits until the state is saved as it is now.
func (c *Conversation) saved(ctx context.Context) error {
	if c.o.Save == nil {
		return nil
	}
	done := make(chan error, 1)
	c.mu.Lock()
	c.savers = append(c.savers, done)
	c.unsaved()
	c.mu.Unlock()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// keep saves the state after changes, one time after another.
func (c *Conversation) keep() {
	var last []byte // what was saved
	for {
		select {
		case <-c.changed:
		case <-c.life.Done():
			return
		}
		c.mu.Lock()
		st, err := c.state(c.o.SaveItems)
		waiting := c.savers
		c.savers = nil
		c.mu.Unlock()
		var text []byte
		if err == nil {
			text, err = json.Marshal(st)
		}
		if err == nil && !bytes.Equal(text, last) {
			if err, last = c.save(st), text; err != nil {
				last = nil
			}
		}
		for _, done := range waiting {
			done <- err
		}
		if err == nil || c.life.Err() != nil {
			continue
		}
		err = fmt.Errorf("%w: %w", ErrNotSaved, err)
		c.log.Warn("agent state not saved", "error", err)
		c.warn(err)
		time.AfterFunc(saveAgain, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.unsaved()
		})
	}
}

func (c *Conversation) save(st *State) error {
	ctx, cancel := context.WithTimeout(c.life, saveWithin)
	defer cancel()
	_, err := isolated(ctx, func() (string, error) { return "", c.o.Save(ctx, st) })
	return err
}
