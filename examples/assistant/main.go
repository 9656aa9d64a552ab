// Command assistant is a voice assistant. It creates a client secret and connects with
// it, calls a weather tool, prints both sides of the conversation, and stops speaking
// when the user interrupts.
//
//	go run ./examples/assistant
//
// needs neither key nor network: it talks to an in-process server. With LIVE=1 and
// OPENAI_API_KEY set it talks to the API. In both cases a recording is the user's
// voice. Ctrl-C ends the conversation.
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
	var cfg realtime.Config // The zero value takes key and URL from the environment.
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

// session is the configuration of the client secret. A client that connects with the
// secret gets this session.
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

// assist runs the conversation until ctx ends or the user leaves.
func assist(ctx context.Context, cfg realtime.Config, out io.Writer) (err error) {
	// This part belongs on your server, which has the API key. It creates a client
	// secret and gives it to the device.
	backend, err := realtime.NewClient(&cfg)
	if err != nil {
		return err
	}
	defer backend.CloseIdleConnections()
	secret, err := backend.CreateClientSecret(ctx, &api.ClientSecretRequest{Session: session}, nil)
	if err != nil {
		return err
	}

	// This part belongs on the device, which only has the secret.
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
		return nil // The user has left, or Ctrl-C was pressed.
	}
	return err
}

// mux returns the handlers of the session's events.
func (a *assistant) mux() *realtime.Mux {
	mux := realtime.NewMux()
	realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputAudioDelta) error {
		if a.playback.Add(e.ItemID, e.ContentIndex, e.Delta) {
			a.speaker.Play(e.Delta)
			a.user.onAudio()
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
		a.print("error: %v", err) // An error does not end the session.
		return nil
	})
	return mux
}

// interrupted stops the speaker when the user starts to speak, and sends the server how
// much of the answer was played. The server cancels the response itself.
func (a *assistant) interrupted(ctx context.Context, s *realtime.Session, _ *api.InputAudioBufferSpeechStarted) error {
	a.playback.Played(a.speaker.Stop())
	truncate, ok := a.playback.Interrupt()
	if !ok {
		return nil
	}
	a.print("(interrupted)")
	return s.Send(ctx, truncate)
}

// done calls the tools of a response. It requests one further response, however many
// tools were called.
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
		a.user.onDone(a.speaker.Remaining())
	}
	return nil
}

// tool returns the output of a tool. Errors are output too, for the model to read.
func (a *assistant) tool(call *api.FunctionCall) string {
	var args struct{ Location string }
	if err := json.Unmarshal([]byte(call.Arguments), &args); err != nil || call.Name != "get_weather" {
		return `{"error":"no such tool, or wrong arguments"}`
	}
	a.print("(weather lookup: %s)", args.Location)
	return getWeather(args.Location)
}

func (a *assistant) print(format string, args ...any) {
	fmt.Fprintf(a.out, format+"\n", args...)
}
