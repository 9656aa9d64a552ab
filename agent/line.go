package agent

import (
	"context"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
)

// connect makes the bridge between the session and the line.
func (c *Conversation) connect(s *realtime.Session, m *realtime.Mux) error {
	var o voice.BridgeOptions
	if c.o.Bridge != nil {
		o = *c.o.Bridge
	}
	formats := c.formats()
	o.Formats, o.Mux, o.Key = &formats, m, c.pressed
	if o.Log == nil {
		o.Log = c.log
	}
	b, err := voice.NewBridge(s, c.o.Line, &o)
	c.bridge = b
	return err
}

// heard follows what the listener hears.
func (c *Conversation) heard() {
	for u, err := range c.bridge.Utterances(context.Background()) { // They end with the bridge.
		if err != nil {
			break
		}
		c.mu.Lock()
		if r := c.audible[u.ResponseID]; r != nil {
			delete(c.audible, u.ResponseID)
			c.heardReply(r, u)
		}
		c.mu.Unlock()
	}
	closeOnce(c.quiet)
}

// heardReply notes what became of the sound of a response.
func (c *Conversation) heardReply(r *reply, u *voice.Utterance) {
	r.heard = u
	r.exchange.hush()
	how := arbiter.Said
	if u.Cut {
		how = arbiter.Cut
	}
	c.outcomeOf(r.sentence, how)
}
