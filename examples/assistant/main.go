// Command assistant is a voice assistant: it mints a client secret, talks with
// it, looks the weather up through a tool, prints both sides of the
// conversation, and falls silent when it is interrupted.
//
//	go run ./examples/assistant
//
// needs neither key nor network: a server in process answers. With LIVE=1 and
// OPENAI_API_KEY set the API does. A recorded voice speaks in both cases, and
// Ctrl-C ends the conversation.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/examples/internal/device"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "assistant:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	var cfg realtime.Config // Zero takes key and address from the environment.
	if os.Getenv("LIVE") != "1" {
		srv, err := newServer()
		if err != nil {
			return err
		}
		defer srv.Close()
		cfg = realtime.Config{APIKey: "no-key-needed", BaseURL: srv.URL, Proxy: realtime.NoProxy, DialContext: srv.DialContext}
	}
	return assist(ctx, cfg, out)
}

// session is the configuration of the secret: it starts no other session.
var session = &api.RealtimeSessionConfig{
	Model:        new(api.ModelGPTRealtime2_1),
	Instructions: new("You are a helpful voice assistant. Speak naturally and concisely."),
	Audio: &api.SessionAudio{
		Input: &api.AudioInput{
			Format:        &api.AudioPCM{},
			Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
			TurnDetection: &api.ServerVAD{Threshold: new(0.5), SilenceDurationMS: new(500), InterruptResponse: new(true)},
		},
		Output: &api.AudioOutput{Format: &api.AudioPCM{}, Voice: api.VoiceMarin},
	},
	Tools: []api.Tool{&api.FunctionTool{
		Name:        "get_weather",
		Description: new("Gets the weather of a place."),
		Parameters:  json.RawMessage(`{"type":"object","properties":{"location":{"type":"string"}},"required":["location"]}`),
	}},
}

func getWeather(location string) string {
	return fmt.Sprintf(`{"location":%q,"sky":"sunny","celsius":24}`, location)
}

type assistant struct {
	mic      device.Microphone
	speaker  device.Speaker
	playback agent.Playback
	out      io.Writer
	user     *user
}

// assist talks until the context or the user ends it.
func assist(ctx context.Context, cfg realtime.Config, out io.Writer) (err error) {
	// Your server holds the key, creates a secret and hands that out.
	backend, err := realtime.NewClient(&cfg)
	if err != nil {
		return err
	}
	defer backend.CloseIdleConnections()
	secret, err := backend.CreateClientSecret(ctx, &api.ClientSecretRequest{Session: session}, nil)
	if err != nil {
		return err
	}

	// The device holds nothing but the secret.
	cfg.APIKey = secret.Value()
	client, err := realtime.NewClient(&cfg)
	if err != nil {
		return err
	}
	s, err := client.Connect(ctx, realtime.Model(*session.Model), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()

	ctx, stop := context.WithCancelCause(ctx)
	a := &assistant{out: out}
	a.user = &user{mic: &a.mic, leave: func() { stop(errLeft) }}
	var speaking sync.WaitGroup
	defer speaking.Wait()
	defer stop(nil)
	speaking.Go(func() {
		if _, err := s.PaceAudio(ctx, &a.mic, realtime.Pace{Chunk: 40 * time.Millisecond}); err != nil {
			stop(err)
		}
	})
	if err := a.user.ask(); err != nil {
		return err
	}
	err = a.mux().Run(ctx, s)
	if cause := context.Cause(ctx); errors.Is(cause, errLeft) || errors.Is(cause, context.Canceled) {
		return nil // The user is done, or has pressed Ctrl-C.
	}
	return err
}

// mux returns the handlers of the conversation.
func (a *assistant) mux() *realtime.Mux {
	mux := realtime.NewMux()
	realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputAudioDelta) error {
		if a.playback.Add(e.ItemID, e.ContentIndex, e.Delta) {
			a.speaker.Play(e.Delta)
			a.user.hears()
		}
		return nil
	})
	realtime.On(mux, a.interrupted)
	realtime.On(mux, a.done)
	realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.ConversationItemInputAudioTranscriptionCompleted) error {
		a.print("you: %s", e.Transcript)
		return nil
	})
	realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputAudioTranscriptDone) error {
		a.print("assistant: %s", e.Transcript)
		return nil
	})
	mux.OnServerError(func(_ context.Context, _ *realtime.Session, err *realtime.ServerError) error {
		a.print("error: %v", err) // A session survives its errors.
		return nil
	})
	return mux
}

// interrupted stops the loudspeaker when the user begins to speak, and tells
// the server how much was heard. The server cancels the response by itself.
func (a *assistant) interrupted(ctx context.Context, s *realtime.Session, _ *api.InputAudioBufferSpeechStarted) error {
	a.playback.Played(a.speaker.Stop())
	truncate, ok := a.playback.Interrupt()
	if !ok {
		return nil
	}
	a.print("(interrupted)")
	return s.Send(ctx, truncate)
}

// done runs the tools that a response calls, and then requests the next response, once
// for all of them.
func (a *assistant) done(ctx context.Context, s *realtime.Session, e *api.ResponseDone) error {
	called := false
	for _, item := range e.Response.Output {
		call, ok := item.(*api.FunctionCall)
		if !ok || e.Response.Status != api.ResponseStatusCompleted {
			continue
		}
		called = true
		if err := s.SendItem(ctx, api.FunctionOutput(call.CallID, a.tool(call))); err != nil {
			return err
		}
	}
	if called {
		return s.Send(ctx, &api.ResponseCreate{})
	}
	if e.Response.Status == api.ResponseStatusCompleted {
		a.user.answered(a.speaker.Remaining())
	}
	return nil
}

// tool returns a tool's result. An error is a result for the model.
func (a *assistant) tool(call *api.FunctionCall) string {
	var args struct{ Location string }
	if err := json.Unmarshal([]byte(call.Arguments), &args); err != nil || call.Name != "get_weather" {
		return `{"error":"no such tool, or wrong arguments"}`
	}
	a.print("(looks up the weather in %s)", args.Location)
	return getWeather(args.Location)
}

func (a *assistant) print(format string, args ...any) {
	fmt.Fprintf(a.out, format+"\n", args...)
}
