package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

const (
	// thinking is how long the server in process waits before it answers.
	thinking = 150 * time.Millisecond
	// interruptAfter is how much of the first answer is heard before the user
	// interrupts it.
	interruptAfter = 1200 * time.Millisecond
)

const instructions = "You tell the weather to somebody on the phone. You have no forecast: make one up. " +
	"Answer in two or three full sentences."

// errDone ends a conversation that has come to its end.
var errDone = errors.New("the conversation is over")

// conversation is a question, an answer that is interrupted, and the answer to
// the interruption.
type conversation struct {
	client   *realtime.Client
	model    string
	sounds   *recordings
	log      *liveLog
	mic      microphone
	speaker  speaker
	playback agent.Playback

	session     *realtime.Session
	end         context.CancelCauseFunc
	interrupted bool
	turns       []*turn
	received    int   // Sound from the server, in bytes.
	reports     error // What the server has complained about.
}

// turn is what was said once, by both sides.
type turn struct {
	user, model string
	status      api.ResponseStatus
	latency     time.Duration // From the user's last word to the first sound.
	cutAt       time.Duration // What was heard of an answer that was interrupted.
}

func newConversation(client *realtime.Client, model string, sounds *recordings, log io.Writer) *conversation {
	return &conversation{client: client, model: model, sounds: sounds, log: newLiveLog(log)}
}

// hold holds the conversation to its end, or that of ctx.
func (c *conversation) hold(ctx context.Context) (err error) {
	ctx, c.end = context.WithCancelCause(ctx)
	defer c.end(nil)
	c.session, err = c.client.Connect(ctx, realtime.Model(c.model), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.session.Close()) }()
	c.log.line("connect", "%s", c.session.URL())
	if err := c.configure(ctx); err != nil {
		return err
	}
	var speaking sync.WaitGroup
	defer speaking.Wait()
	defer c.end(nil)
	speaking.Go(func() {
		if _, err := c.session.PaceAudio(ctx, &c.mic, realtime.Pace{Chunk: micChunk}); err != nil {
			c.end(err) // The first cause stands: this changes nothing after the end.
		}
	})
	c.log.line("you", "ask, in %.1f s", duration(len(c.sounds.question)).Seconds())
	c.mic.say(c.sounds.question)
	return c.listen(ctx)
}

// configure tells the server how to take part.
func (c *conversation) configure(ctx context.Context) error {
	settings, err := c.session.Update(ctx, &api.RealtimeSessionConfig{
		Instructions: new(instructions),
		Audio: &api.SessionAudio{
			Input: &api.AudioInput{
				Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
				TurnDetection: &api.ServerVAD{SilenceDurationMS: new(500), InterruptResponse: new(true)},
			},
			Output: &api.AudioOutput{Voice: api.VoiceMarin},
		},
	})
	if err != nil {
		return err
	}
	if s, ok := settings.(*api.RealtimeSession); ok {
		c.log.line("session", "%s, model %s", s.ID, s.Model)
	}
	return nil
}

// listen follows the events to the end of the conversation.
func (c *conversation) listen(ctx context.Context) error {
	for e, err := range c.session.Events(ctx) {
		switch cause := context.Cause(ctx); {
		case errors.Is(cause, errDone):
			return c.reports
		case errors.Is(cause, context.Canceled):
			c.log.line("stop", "asked to stop")
			return nil
		case err != nil && cause != nil:
			return cause
		case err != nil:
			return err
		}
		c.log.events++
		if err := c.handle(ctx, e); err != nil {
			return err
		}
	}
	return errors.New("the server ended the conversation")
}

func (c *conversation) handle(ctx context.Context, e api.ServerEvent) error {
	switch e := e.(type) {
	case *api.InputAudioBufferSpeechStarted:
		c.log.line("server", "hears speech, from %.2f s of the stream", seconds(e.AudioStartMS))
		return c.fallSilent(ctx)
	case *api.InputAudioBufferSpeechStopped:
		c.log.line("server", "hears its end, at %.2f s", seconds(e.AudioEndMS))
		c.turns = append(c.turns, &turn{})
	case *api.ConversationItemInputAudioTranscriptionCompleted:
		c.log.line("you said", "%q", e.Transcript)
		c.turn().user = e.Transcript
	case *api.ResponseCreated:
		c.log.line("model", "begins to answer")
	case *api.ResponseOutputAudioTranscriptDelta:
		c.log.say(e.Delta)
	case *api.ResponseOutputAudioDelta:
		c.play(e)
	case *api.ResponseOutputAudioTranscriptDone:
		c.turn().model = e.Transcript
	case *api.ConversationItemTruncated:
		c.log.line("server", "keeps %.2f s of the answer", seconds(e.AudioEndMS))
	case *api.ResponseDone:
		c.done(&e.Response)
	case *api.ErrorEvent: // A session survives its errors.
		report := realtime.NewServerError(e)
		c.log.line("server", "%v", report)
		c.reports = errors.Join(c.reports, report)
	default: // The log leaves bookkeeping out.
	}
	return nil
}

// turn returns the one that is going on.
func (c *conversation) turn() *turn {
	if len(c.turns) == 0 {
		c.turns = append(c.turns, &turn{})
	}
	return c.turns[len(c.turns)-1]
}

// play hears a piece of the answer.
func (c *conversation) play(e *api.ResponseOutputAudioDelta) {
	now := time.Now()
	t := c.turn()
	if t.latency == 0 {
		t.latency = now.Sub(c.mic.lastWord())
		c.log.write("model", fmt.Sprintf("first sound, %.2f s after your last word", t.latency.Seconds()))
		if !c.interrupted {
			c.interrupted = true
			time.AfterFunc(interruptAfter, func() { c.mic.say(c.sounds.interruption) })
		}
	}
	c.received += len(e.Delta)
	if c.playback.Add(e.ItemID, e.ContentIndex, e.Delta) {
		c.speaker.play(e.Delta, now)
	}
	c.log.audio(duration(len(e.Delta)))
}

// fallSilent stops the answer when the user speaks, and tells the server how
// much of it was heard. The response itself is cancelled by the server.
func (c *conversation) fallSilent(ctx context.Context) error {
	c.playback.Played(c.speaker.stop(time.Now()))
	truncate, ok := c.playback.Interrupt()
	if !ok {
		return nil
	}
	c.turn().cutAt = time.Duration(truncate.AudioEndMS) * time.Millisecond
	c.log.line("you", "interrupt after %.2f s of the answer", seconds(truncate.AudioEndMS))
	return c.session.Send(ctx, truncate)
}

// done follows the end of a response; the conversation is over when the second
// answer has been heard.
func (c *conversation) done(r *api.Response) {
	t := c.turn()
	t.status = r.Status
	text := string(r.Status)
	if d, ok := r.StatusDetails.Get(); ok && d.Reason != nil {
		text += ", " + string(*d.Reason)
	}
	if u, ok := r.Usage.Get(); ok {
		text += fmt.Sprintf("; %d tokens in, %d out", u.InputTokens, u.OutputTokens)
	}
	c.log.line("model", "%s", text)
	if len(c.turns) > 1 {
		time.AfterFunc(time.Until(c.speaker.until), func() { c.end(errDone) })
	}
}

func seconds(ms int) float64 { return float64(ms) / 1000 }
