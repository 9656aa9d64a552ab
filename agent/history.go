package agent

import (
	"github.com/voicelane/realtime-go/realtime"
)

// History returns what the server holds, to read, edit and watch. It belongs to the
// session that the agent speaks over: after a hand-off to another session it is another.
// A call that is deleted while its function runs is not answered any more.
func (c *Conversation) History() *realtime.Conversation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.history
}

// shorten summarizes a conversation that is long.
func (c *Conversation) shorten() {
	o, history := c.o.Summary, c.History()
	n := len(history.Items())
	c.mu.Lock()
	due := o.Write != nil && !c.shortening && !c.finished && n > o.Above
	c.shortening = c.shortening || due
	c.mu.Unlock()
	if !due {
		return
	}
	_, err := isolated(c.life, func() (string, error) { return "", history.Summarize(c.life, o.Keep, o.Write) })
	c.mu.Lock()
	c.shortening = false
	c.mu.Unlock()
	if err != nil && c.life.Err() == nil {
		c.log.Warn("agent conversation not summarized", "error", err)
		c.warn(err)
	}
}
