package agent

import (
	"context"
	"errors"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// writeWithin bounds the wait for the confirmation of an output. The arbiter then has it
// written again.
const writeWithin = 10 * time.Second

const (
	// pendingOutput is what the model is given of a call that has not returned yet.
	pendingOutput = `{"status":"pending","note":"The result follows. Do not call this again meanwhile."}`
	// doneOutput is what it is given of a hidden output.
	doneOutput = `{"status":"done"}`
)

// forConversation returns what the model is given of the output of a call.
func (w *work) forConversation() string {
	switch {
	case w.pending:
		return pendingOutput
	case w.tool != nil && w.tool.Hidden && w.Err == nil:
		return doneOutput
	default:
		return w.Output
	}
}

// itemExists refuses an item whose id the conversation has.
const itemExists = "item_already_exists"

func exists(err error) bool {
	refused, ok := errors.AsType[*realtime.ServerError](err)
	return ok && refused.Code() == itemExists
}

// create creates an item, which has an id. If another session takes over meanwhile, it is
// created there, unless that was given it: the confirmation of the one before counts no more.
func (c *Conversation) create(ctx context.Context, item api.Item) error {
	for again := false; ; again = true {
		s := c.Session()
		_, err := s.Request(ctx, &api.ConversationItemCreate{Item: item})
		if again && exists(err) {
			return nil
		}
		if _, refused := errors.AsType[*realtime.ServerError](err); refused || ctx.Err() != nil || c.Session() == s {
			return err
		}
	}
}

// send sends an event. It ignores the end of the session, which the reader notices, and
// returns other errors.
func (c *Conversation) send(e api.ClientEvent) error {
	err := c.session.Send(c.life, e)
	if err != nil && c.session.Err() == nil && c.life.Err() == nil {
		c.log.Warn("agent event not sent", "type", e.EventType(), "error", err)
		c.warn(err)
		return err
	}
	return nil
}
