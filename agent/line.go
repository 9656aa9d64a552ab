package agent

import (
	"context"
	"iter"

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

// speaks notes a response that the bridge plays. A goroutine follows what is heard while a
// response is audible: an idle conversation has none. The lock is held.
func (c *Conversation) speaks(response string, r *reply) {
	r.exchange.replies = append(r.exchange.replies, r)
	put(&c.audible, response, r)
	if !c.hearing {
		c.hearing = true
		utterances := c.bridge.Utterances(context.Background()) // They end with the bridge.
		c.tasks.Go(func() { c.heard(utterances) })
	}
}

// heard follows what the listener hears, until no response is audible.
func (c *Conversation) heard(utterances iter.Seq2[*voice.Utterance, error]) {
	for u, err := range utterances {
		if err != nil {
			break
		}
		if !c.hears(u) {
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deaf()
}

// hears notes what became of a response. It reports whether another one is audible.
func (c *Conversation) hears(u *voice.Utterance) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.audible[u.ResponseID]; r != nil {
		delete(c.audible, u.ResponseID)
		c.heardReply(r, u)
	}
	if len(c.audible) > 0 {
		return true
	}
	c.deaf()
	return false
}

// deaf notes that no goroutine follows what is heard. The lock is held.
func (c *Conversation) deaf() {
	c.hearing = false
	if c.finished {
		closeOnce(c.quiet)
	}
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
