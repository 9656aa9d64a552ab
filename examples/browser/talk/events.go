package talk

import (
	"context"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

func (c *Conversation) handle(ctx context.Context, e api.ServerEvent) error {
	switch e := e.(type) {
	case *api.InputAudioBufferSpeechStarted:
		return c.interrupt(ctx)
	case *api.InputAudioBufferSpeechStopped:
		c.show(Thinking, "")
	case *api.ConversationItemInputAudioTranscriptionDelta:
		c.add(e.ItemID, User, e.Delta)
	case *api.ConversationItemInputAudioTranscriptionCompleted:
		c.page.Caption(e.ItemID, User, e.Transcript, true)
	case *api.ResponseCreated:
		c.begin(e.Response.ID)
	case *api.ResponseOutputAudioTranscriptDelta:
		c.add(e.ItemID, Model, e.Delta)
	case *api.ResponseOutputAudioTranscriptDone:
		c.page.Caption(e.ItemID, Model, e.Transcript, true)
	case *api.ResponseOutputAudioDelta:
		c.play(e.ResponseID, e.ItemID, e.Delta)
	case *api.ResponseOutputAudioDone:
		if !c.isDead(e.ResponseID) {
			c.page.Play(e.ItemID, nil)
		}
	case *api.ResponseDone:
		return c.done(ctx, &e.Response)
	case *api.ErrorEvent: // An error does not end the session.
		c.note(realtime.NewServerError(e).Error())
	case *realtime.Reconnecting:
		<-c.page.Silence()
		c.quiet()
		c.show(Connecting, "The connection was lost. Reconnecting.")
	case *realtime.Reconnected:
		c.show(Listening, "The connection was restored.")
	default:
	}
	return nil
}

// add appends a delta to a caption.
func (c *Conversation) add(item, who, delta string) {
	c.mu.Lock()
	c.captions[item] += delta
	text := c.captions[item]
	c.mu.Unlock()
	c.page.Caption(item, who, text, false)
}

// play plays audio, unless its response was interrupted.
func (c *Conversation) play(response, item string, sound []byte) {
	c.mu.Lock()
	c.playing = c.playing || response != c.dead
	c.mu.Unlock()
	if c.isDead(response) {
		return
	}
	c.show(Speaking, "")
	c.page.Play(item, sound)
}

func (c *Conversation) isDead(response string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return response == c.dead
}

// quiet resets the playback state after a lost connection.
func (c *Conversation) quiet() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.playing, c.running, c.dead = false, false, c.response
}

func (c *Conversation) begin(response string) {
	c.mu.Lock()
	c.running, c.response = true, response
	c.mu.Unlock()
	c.show(Thinking, "")
}

// interrupt stops playback and sends the server how much of the answer was played. The
// server cancels the response itself.
func (c *Conversation) interrupt(ctx context.Context) error {
	heard := <-c.page.Silence()
	c.mu.Lock()
	c.playing, c.dead = false, c.response
	c.mu.Unlock()
	c.show(Listening, "")
	if heard.Item == "" || heard.Time < time.Millisecond {
		return nil
	}
	c.page.Cut(heard.Item, heard.Time)
	return c.session.Send(ctx, &api.ConversationItemTruncate{
		ItemID: heard.Item, AudioEndMS: int(heard.Time.Milliseconds()),
	})
}

// Interrupt stops the answer, as the user's speech does.
func (c *Conversation) Interrupt(ctx context.Context) {
	c.mu.Lock()
	running, session := c.running, c.session
	c.mu.Unlock()
	if session == nil {
		return
	}
	if running {
		_ = session.CancelResponse(ctx, "") // If the session has ended, the event loop returns the error.
	}
	_ = c.interrupt(ctx)
}
