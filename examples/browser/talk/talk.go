// Package talk runs the conversation of the page: it decides what to send, show and
// play. It does not depend on a browser, so it can be tested without one.
package talk

import (
	"context"
	"errors"
	"sync"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Hold connects and runs the conversation until ctx or the session ends. It returns nil
// if the end was requested.
func (c *Conversation) Hold(ctx context.Context, client *realtime.Client, model string) error {
	ctx, c.stop = context.WithCancel(ctx)
	defer c.stop()
	err := c.hold(ctx, client, model)
	if ctx.Err() != nil {
		err = nil
	}
	<-c.page.Silence()
	if err != nil {
		c.show(Failed, err.Error())
		return err
	}
	c.show(Over, "")
	return nil
}

func (c *Conversation) hold(ctx context.Context, client *realtime.Client, model string) error {
	c.show(Connecting, "")
	s, err := client.Connect(ctx, realtime.Model(model), &realtime.Options{Reconnect: &realtime.Reconnect{}})
	if err != nil {
		return err
	}
	c.session = s
	defer func() { _ = s.Close() }()
	if _, err := s.Update(ctx, settings()); err != nil {
		return err
	}
	c.show(Listening, "")
	close(c.ready)
	var sending sync.WaitGroup
	defer sending.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sending.Go(func() { c.send(ctx) })
	for e, err := range s.Events(ctx) {
		if _, malformed := errors.AsType[*api.DecodeError](err); malformed {
			continue
		}
		if err != nil {
			return err
		}
		if err := c.handle(ctx, e); err != nil {
			return err
		}
	}
	return errors.New("the server ended the conversation")
}

// settings returns the session's configuration.
func settings() *api.RealtimeSessionConfig {
	return &api.RealtimeSessionConfig{
		Instructions: new("You are a friendly voice on a web page. Answer in one or two sentences. " +
			"Look the weather up with the function before you speak of it."),
		Audio: &api.SessionAudio{
			Input: &api.AudioInput{
				Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
				TurnDetection: &api.ServerVAD{SilenceDurationMS: new(500), InterruptResponse: new(true)},
			},
			Output: &api.AudioOutput{Voice: api.VoiceMarin},
		},
		Tools: []api.Tool{weatherTool()},
	}
}

// send sends the queued microphone audio. It returns on an error; the event loop
// handles lost connections.
func (c *Conversation) send(ctx context.Context) {
	for {
		select {
		case sound := <-c.sound:
			if c.session.AppendAudio(ctx, sound) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
