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
	"iter"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/voicelane/realtime-go/examples/internal/device"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
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
	mic  device.Microphone
	user *user

	mu  sync.Mutex
	out io.Writer // Guarded by mu.
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

	// The line stands for microphone and loudspeaker, the bridge for what happens between
	// them and the session: it stops the loudspeaker when the user starts to speak, and
	// tells the server how much of the answer was heard.
	a := &assistant{out: out}
	line, err := voice.NewFileLine(&a.mic, nil, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, line.Close()) }()
	bridge, err := voice.NewBridge(s, line, &voice.BridgeOptions{Mux: a.mux()})
	if err != nil {
		return err
	}
	a.user = &user{mic: &a.mic, leave: line.HangUp}
	if err := a.user.ask(); err != nil {
		return err
	}
	turns := bridge.Turns(context.WithoutCancel(ctx)) // They end with Run.
	var listening sync.WaitGroup
	listening.Go(func() { a.listen(turns) })
	err = bridge.Run(ctx)
	listening.Wait()
	if ctx.Err() != nil {
		return nil // Ctrl-C was pressed.
	}
	return err
}

// listen tells the user what was heard.
func (a *assistant) listen(turns iter.Seq2[*voice.Turn, error]) {
	for turn, err := range turns {
		if err != nil {
			return // Run returns it.
		}
		if turn.Cut {
			a.print("(interrupted)")
		}
		a.user.onTurn(turn.Cut)
	}
}

// mux returns the handlers of the session's events.
func (a *assistant) mux() *realtime.Mux {
	mux := realtime.NewMux()
	realtime.OnAudio(mux, func(context.Context, *realtime.Session, *api.ResponseOutputAudioDelta) error {
		a.user.onAudio()
		return nil
	})
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
	if !called {
		return nil
	}
	return s.Send(ctx, &api.ResponseCreate{})
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
	a.mu.Lock()
	defer a.mu.Unlock()
	fmt.Fprintf(a.out, format+"\n", args...)
}
