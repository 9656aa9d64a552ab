package agent

import "time"

const (
	keyPause = 2 * time.Second // after the last key
	maxKeys  = 64              // that wait
)

// pressed takes a key of the user. It does not block.
func (c *Conversation) pressed(key rune, _ time.Duration) {
	if c.keys != nil {
		select {
		case c.keys <- key:
		default:
			c.log.Warn("agent key dropped: Options.Keys is slow")
		}
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.finished {
		return
	}
	if key != '#' || len(c.digits) == 0 {
		c.digits = append(c.digits, key)
	}
	if key == '#' {
		c.dialed.set(0, c.tellKeys)
	} else {
		c.dialed.set(keyPause, c.tellKeys)
	}
}

// handleKeys passes keys to the program.
func (c *Conversation) handleKeys() {
	for {
		select {
		case key := <-c.keys:
			_, err := isolated(c.life, func() (string, error) { return "", c.o.Keys(c.life, c, key) })
			if err != nil && c.life.Err() == nil {
				c.log.Warn("agent key failed", "error", err)
				c.warn(err)
			}
		case <-c.life.Done():
			return
		}
	}
}

// tellKeys tells the model what the user has pressed.
func (c *Conversation) tellKeys() {
	c.mu.Lock()
	digits := string(c.digits)
	c.digits = nil
	c.mu.Unlock()
	if digits == "" {
		return
	}
	if _, err := c.Ask(c.life, "(pressed on the telephone: "+digits+")"); err != nil && c.life.Err() == nil {
		c.log.Warn("agent keys not told", "error", err)
		c.warn(err)
	}
}
