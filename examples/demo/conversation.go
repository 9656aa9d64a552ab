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
	// thinking is the delay of the in-process server before it answers.
	thinking = 150 * time.Millisecond
	// interruptAfter is the playing time of the first answer at which the user
	// interrupts.
	interruptAfter = 1200 * time.Millisecond
)

const instructions = "You give weather forecasts on the phone. You have no forecast: make one up. " +
	"Answer in two or three full sentences."

// errDone ends a conversation that is complete.
var errDone = errors.New("the conversation is complete")

// conversation is a question, an answer that is interrupted, and the answer to the
// interruption.
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
	received    int   // Audio from the server, in bytes.
	reports     error // The error events of the server, joined.
}

// turn is one utterance of the user and the answer to it.
type turn struct {
	user, model string
	status      api.ResponseStatus
	latency     time.Duration // From the end of the user's speech to the first audio.
	cutAt       time.Duration // Playing time of an interrupted answer.
}

func newConversation(client *realtime.Client, model string, sounds *recordings, log io.Writer) *conversation {
	return &conversation{client: client, model: model, sounds: sounds, log: newLiveLog(log)}
}

// hold runs the conversation until it is complete or ctx ends.
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
			c.end(err) // Has no effect after the first call.
		}
	})
	c.log.line("you", "ask, in %.1f s", duration(len(c.sounds.question)).Seconds())
	c.mic.say(c.sounds.question)
	return c.listen(ctx)
}

// configure sends the session's configuration.
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

// listen handles events until the end of the conversation.
func (c *conversation) listen(ctx context.Context) error {
	for e, err := range c.session.Events(ctx) {
		switch cause := context.Cause(ctx); {
		case errors.Is(cause, errDone):
			return c.reports
		case errors.Is(cause, context.Canceled):
			c.log.line("stop", "interrupted")
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
		c.log.line("server", "speech starts at %.2f s of the stream", seconds(e.AudioStartMS))
		return c.fallSilent(ctx)
	case *api.InputAudioBufferSpeechStopped:
		c.log.line("server", "speech ends at %.2f s", seconds(e.AudioEndMS))
		c.turns = append(c.turns, &turn{})
	case *api.ConversationItemInputAudioTranscriptionCompleted:
		c.log.line("you said", "%q", e.Transcript)
		c.turn().user = e.Transcript
	case *api.ResponseCreated:
		c.log.line("model", "response starts")
	case *api.ResponseOutputAudioTranscriptDelta:
		c.log.say(e.Delta)
	case *api.ResponseOutputAudioDelta:
		c.play(e)
	case *api.ResponseOutputAudioTranscriptDone:
		c.turn().model = e.Transcript
	case *api.ConversationItemTruncated:
		c.log.line("server", "truncates the answer at %.2f s", seconds(e.AudioEndMS))
	case *api.ResponseDone:
		c.done(&e.Response)
	case *api.ErrorEvent: // An error does not end the session.
		report := realtime.NewServerError(e)
		c.log.line("server", "%v", report)
		c.reports = errors.Join(c.reports, report)
	default: // Not logged.
	}
	return nil
}

// turn returns the current turn.
func (c *conversation) turn() *turn {
	if len(c.turns) == 0 {
		c.turns = append(c.turns, &turn{})
	}
	return c.turns[len(c.turns)-1]
}

// play plays a delta of the answer.
func (c *conversation) play(e *api.ResponseOutputAudioDelta) {
	now := time.Now()
	t := c.turn()
	if t.latency == 0 {
		t.latency = now.Sub(c.mic.lastWord())
		c.log.write("model", fmt.Sprintf("first audio, %.2f s after your last word", t.latency.Seconds()))
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

// fallSilent stops playback when the user speaks, and sends the server how much of the
// answer was played. The server cancels the response itself.
func (c *conversation) fallSilent(ctx context.Context) error {
	c.playback.Played(c.speaker.stop(time.Now()))
	truncate, ok := c.playback.Interrupt()
	if !ok {
		return nil
	}
	c.turn().cutAt = time.Duration(truncate.AudioEndMS) * time.Millisecond
	c.log.line("you", "interrupt at %.2f s of the answer", seconds(truncate.AudioEndMS))
	return c.session.Send(ctx, truncate)
}

// done handles the end of a response. The conversation is complete when the second
// answer has been played.
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
