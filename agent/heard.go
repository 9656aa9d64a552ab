package agent

import (
	"errors"
	"io"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
)

// sounds reports whether a sentence is still to be heard on the line.
func (c *Conversation) sounds(s *sentence) bool {
	for _, r := range c.audible {
		if r.sentence == s {
			return true
		}
	}
	return false
}

// outcomeOf ends the wait for a sentence of which nothing is left to be heard.
func (c *Conversation) outcomeOf(s *sentence, how arbiter.Outcome) {
	if s != nil && s.said && !c.sounds(s) {
		s.said = false
		if err := c.session.Err(); how == arbiter.Cut && !errors.Is(err, io.EOF) {
			s.cause = err
		}
		s.outcome <- how
	}
}

// playedAll gives up waiting for what the server plays to a call: a lost connection hides
// the end of it.
func (c *Conversation) playedAll() {
	if c.bridge != nil {
		return
	}
	for id, r := range c.audible {
		delete(c.audible, id)
		c.outcomeOf(r.sentence, arbiter.Said)
	}
}
