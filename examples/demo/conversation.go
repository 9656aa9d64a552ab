package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
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

// conversation is a question, an answer that is interrupted, and the answer to the
// interruption.
type conversation struct {
	client *realtime.Client
	model  string
	sounds *recordings
	log    *liveLog
	mic    microphone

	session     *realtime.Session
	interrupted bool
	speaking    string // The response whose audio arrives.
	turns       []*voice.Turn
	received    int   // Audio from the server, in bytes.
	reports     error // The error events of the server, joined.
}

func newConversation(client *realtime.Client, model string, sounds *recordings, log io.Writer) *conversation {
	return &conversation{client: client, model: model, sounds: sounds, log: newLiveLog(log)}
}

// hold runs the conversation until it is complete or ctx ends. Both sides are written to
// a stereo WAV.
func (c *conversation) hold(ctx context.Context, wav string) (err error) {
	c.session, err = c.client.Connect(ctx, realtime.Model(c.model), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.session.Close()) }()
	c.log.line("connect", "%s", c.session.URL())
	if err := c.configure(ctx); err != nil {
		return err
	}
	out, err := create(wav)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	line, err := voice.NewFileLine(&c.mic, out, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, line.Close()) }()
	bridge, err := voice.NewBridge(c.session, line, &voice.BridgeOptions{Mux: c.mux()})
	if err != nil {
		return err
	}
	turns := bridge.Turns(context.WithoutCancel(ctx)) // They end with Run.
	var counting sync.WaitGroup
	counting.Go(func() { c.count(turns, line) })
	c.log.line("you", "ask, in %.1f s", audio.PCM24k.Duration(len(c.sounds.question)).Seconds())
	c.mic.Say(c.sounds.question)
	err = bridge.Run(ctx)
	counting.Wait()
	if errors.Is(ctx.Err(), context.Canceled) {
		c.log.line("stop", "interrupted")
		err = nil
	}
	return errors.Join(err, c.reports)
}

// count collects the turns. The conversation is complete when the second answer was heard.
func (c *conversation) count(turns iter.Seq2[*voice.Turn, error], line *voice.FileLine) {
	for turn, err := range turns {
		if err != nil {
			return // Run returns it.
		}
		c.turns = append(c.turns, turn)
		if len(c.turns) == 2 {
			_ = line.HangUp(context.Background()) // It ends Run, and does not fail.
		}
	}
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

// mux returns the handlers that log the events of the session.
func (c *conversation) mux() *realtime.Mux {
	mux := realtime.NewMux()
	mux.HandleAll(func(_ context.Context, _ *realtime.Session, e api.ServerEvent) error {
		c.log.events++
		c.note(e)
		return nil
	})
	mux.OnServerError(func(_ context.Context, _ *realtime.Session, report *realtime.ServerError) error {
		c.log.line("server", "%v", report) // An error does not end the session.
		c.reports = errors.Join(c.reports, report)
		return nil
	})
	return mux
}

func (c *conversation) note(e api.ServerEvent) {
	switch e := e.(type) {
	case *api.InputAudioBufferSpeechStarted:
		c.log.line("server", "speech starts at %.2f s of the stream", seconds(e.AudioStartMS))
	case *api.InputAudioBufferSpeechStopped:
		c.log.line("server", "speech ends at %.2f s", seconds(e.AudioEndMS))
	case *api.ConversationItemInputAudioTranscriptionCompleted:
		c.log.line("you said", "%q", e.Transcript)
	case *api.ResponseCreated:
		c.log.line("model", "response starts")
	case *api.ResponseOutputAudioTranscriptDelta:
		c.log.say(e.Delta)
	case *api.ResponseOutputAudioDelta:
		c.hear(e)
	case *api.ConversationItemTruncated:
		c.log.line("server", "truncates the answer at %.2f s, where it was interrupted", seconds(e.AudioEndMS))
	case *api.ResponseDone:
		c.done(&e.Response)
	default: // Not logged.
	}
}

// hear logs a delta of an answer. The first answer is interrupted once it has been heard
// for some time.
func (c *conversation) hear(e *api.ResponseOutputAudioDelta) {
	if c.speaking != e.ResponseID {
		c.speaking = e.ResponseID
		c.log.line("model", "first audio, %.2f s after your last word", time.Since(c.mic.LastWord()).Seconds())
		if !c.interrupted {
			c.interrupted = true
			time.AfterFunc(interruptAfter, func() { c.mic.Say(c.sounds.interruption) })
		}
	}
	c.received += len(e.Delta)
	c.log.audio(audio.PCM24k.Duration(len(e.Delta)))
}

// done logs the end of a response.
func (c *conversation) done(r *api.Response) {
	text := string(r.Status)
	if d, ok := r.StatusDetails.Get(); ok && d.Reason != nil {
		text += ", " + string(*d.Reason)
	}
	if u, ok := r.Usage.Get(); ok {
		text += fmt.Sprintf("; %d tokens in, %d out", u.InputTokens, u.OutputTokens)
	}
	c.log.line("model", "%s", text)
}

func seconds(ms int) float64 { return float64(ms) / 1000 }
