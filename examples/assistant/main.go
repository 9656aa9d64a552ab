// Command assistant is a voice assistant with a weather tool. It creates a client secret
// and connects with it, prints both sides of the conversation, and stops speaking when the
// user interrupts.
//
//	go run ./examples/assistant
//
// needs neither key nor network: it talks to an in-process server. With LIVE=1 and
// OPENAI_API_KEY set it talks to the API. In both cases a recording is the user's
// voice. Ctrl-C ends the conversation.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
)

func main() { os.Exit(start(os.Stdout)) }

// session is the configuration of the client secret. A client that connects with the
// secret gets this session.
var session = &api.RealtimeSessionConfig{
	Model: new(api.ModelGPTRealtime2_1),
	Audio: &api.SessionAudio{
		Input: &api.AudioInput{
			Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
			TurnDetection: &api.ServerVAD{Threshold: new(0.5), SilenceDurationMS: new(500)},
		},
		Output: &api.AudioOutput{Voice: api.VoiceMarin},
	},
}

// helper is the agent.
var helper = &agent.Agent{
	Instructions: agent.Text("You are a helpful voice assistant. Speak naturally and concisely."),
	Session:      session,
	Tools:        []agent.Tool{agent.Func("get_weather", "Gets the weather of a place.", getWeather)},
}

type place struct {
	Location string `json:"location"`
}

type weather struct {
	Sky     string `json:"sky"`
	Celsius int    `json:"celsius"`
}

func getWeather(context.Context, place) (weather, error) {
	return weather{Sky: "sunny", Celsius: 24}, nil
}

// connect opens a session with a client secret.
func connect(ctx context.Context, cfg realtime.Config) (*realtime.Session, error) {
	// This part belongs on your server, which has the API key. It creates a client
	// secret and gives it to the device.
	backend, err := realtime.NewClient(&cfg)
	if err != nil {
		return nil, err
	}
	secret, err := backend.CreateClientSecret(ctx, &api.ClientSecretRequest{Session: session}, nil)
	backend.CloseIdleConnections()
	if err != nil {
		return nil, err
	}

	// This part belongs on the device, which only has the secret.
	cfg.APIKey = secret.Value()
	client, err := realtime.NewClient(&cfg)
	if err != nil {
		return nil, err
	}
	return client.Connect(ctx, realtime.Model(*session.Model), nil)
}

// assist holds the conversation over a line, which is microphone and loudspeaker, until
// the user leaves or ctx ends.
func assist(ctx context.Context, cfg realtime.Config, line voice.Line, out io.Writer) error {
	s, err := connect(ctx, cfg)
	if err != nil {
		return err
	}
	conv, err := agent.Start(ctx, s, helper, &agent.Options{Line: line})
	if err != nil {
		return err
	}
	defer conv.Close()
	for turn, err := range conv.Turns(ctx) {
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "you: %s\n", turn.User)
		for _, call := range turn.Calls {
			fmt.Fprintf(out, "(%s %s: %s)\n", call.Tool, call.Arguments, call.Output)
		}
		fmt.Fprintf(out, "assistant: %s\n", turn.Said)
		if turn.Cut {
			fmt.Fprintf(out, "(interrupted; not heard: %s)\n", turn.Unheard)
		}
	}
	return nil
}
