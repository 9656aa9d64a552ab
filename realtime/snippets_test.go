package realtime_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// against starts a server in process, for examples that must not need a key,
// and returns a client of it.
func against(script realtimetest.Script) (client *realtime.Client, stop func()) {
	srv := realtimetest.New(&realtimetest.Config{Script: script, NoRateLimits: true})
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-example", BaseURL: srv.URL, Proxy: realtime.NoProxy, DialContext: srv.DialContext,
	})
	if err != nil {
		fmt.Println(err)
	}
	return client, func() {
		client.CloseIdleConnections()
		srv.Close()
	}
}

// A server that holds the API key mints a secret for a device that must not.
func ExampleClient_CreateClientSecret() {
	client, stop := against(realtimetest.Script{})
	defer stop()
	ctx := context.Background()

	secret, err := client.CreateClientSecret(ctx, &api.ClientSecretRequest{
		ExpiresAfter: &api.ClientSecretExpiry{Seconds: new(60)},
		Session: &api.RealtimeSessionConfig{
			Model: new(api.ModelGPTRealtime2_1),
			Audio: &api.SessionAudio{
				Input: &api.AudioInput{
					Format:        &api.AudioPCM{},
					TurnDetection: &api.ServerVAD{Threshold: new(0.5)},
				},
				Output: &api.AudioOutput{Voice: api.VoiceMarin},
			},
		},
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	// secret.Value() goes to the device, which uses it as its API key.
	fmt.Println(len(secret.Value()) > 0, time.Until(secret.Expires()).Round(time.Minute))
	if session, ok := secret.Session.(*api.RealtimeSession); ok {
		fmt.Println(session.Model, session.Audio.Output.Voice)
	}
	// Output:
	// true 1m0s
	// gpt-realtime-2.1 marin
}

// Any operation of the generated client goes through the same credentials,
// retries and errors.
func ExampleClient_Do() {
	client, stop := against(realtimetest.Script{})
	defer stop()

	ctx := realtime.WithRequestOptions(context.Background(), &realtime.RequestOptions{Timeout: 5 * time.Second})
	rest, err := api.NewClientWithResponses(client.API().Server, api.WithHTTPClient(client))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = rest.HangupCallWithResponse(ctx, "rtc_unknown")
	fmt.Println(err)
	// Output:
	// realtime: request failed: status 404: there is no call with this id type=invalid_request_error code=call_id_not_found param=call_id request_id=req_0001
}

// A microphone is sent while the answer plays, and what the user says
// interrupts it.
func Example_microphone() {
	client, stop := against(realtimetest.Script{})
	defer stop()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close() }()

	// Any reader of sound is a microphone.
	microphone := io.MultiReader(bytes.NewReader(realtimetest.Tone(time.Second)), bytes.NewReader(realtimetest.Silence(time.Second)))
	if _, err := s.AppendAudioFrom(ctx, microphone); err != nil {
		fmt.Println(err)
		return
	}
	var speaker bytes.Buffer
	mux := realtime.NewMux()
	realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputAudioDelta) error {
		_, err := speaker.Write(e.Delta)
		return err
	})
	realtime.On(mux, func(context.Context, *realtime.Session, *api.InputAudioBufferSpeechStarted) error {
		fmt.Println("the user speaks: stop playing")
		speaker.Reset()
		return nil
	})
	realtime.On(mux, func(context.Context, *realtime.Session, *api.ResponseDone) error {
		cancel()
		return nil
	})
	_ = mux.Run(ctx, s) // The context has ended it.
	fmt.Println("heard an answer:", speaker.Len() > 0)
	// Output:
	// the user speaks: stop playing
	// heard an answer: true
}

// Text goes in, and speech comes out.
func Example_textInAudioOut() {
	client, stop := against(realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Said("Hello"), Do: []realtimetest.Step{realtimetest.Say{Text: "Hello to you!"}}},
	}})
	defer stop()
	ctx := context.Background()
	s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close() }()
	s.Discard()

	if err := s.SendText(ctx, "Hello!"); err != nil {
		fmt.Println(err)
		return
	}
	response, err := s.Respond(ctx, &api.ResponseCreate{Response: &api.ResponseParams{
		OutputModalities: []api.Modality{api.ModalityAudio}, // One, since speech has a transcript anyway.
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := response.Answer(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Transcript, len(answer.Audio) > 0)
	// Output: Hello to you! true
}

// A text chat: the session answers in text, and its events are discarded, since Respond
// returns the answers.
func Example_textChat() {
	client, stop := against(realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Said("Hello"), Do: []realtimetest.Step{realtimetest.Say{Text: "Hello to you!"}}},
		{Do: []realtimetest.Step{realtimetest.Say{Text: "Goodbye!"}}},
	}})
	defer stop()
	ctx := context.Background()
	s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close() }()
	s.Discard()
	_, err = s.Update(ctx, &api.RealtimeSessionConfig{OutputModalities: []api.Modality{api.ModalityText}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range []string{"Hello!", "I must go."} {
		if err := s.SendText(ctx, line); err != nil {
			fmt.Println(err)
			return
		}
		response, err := s.Respond(ctx, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		for text, err := range response.Text(ctx) {
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Print(text)
		}
		answer, err := response.Answer(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(" -", answer.Response.Status, answer.Err())
	}
	// Output:
	// Hello to you! - completed <nil>
	// Goodbye! - completed <nil>
}

// Subtitles come from the transcripts of both sides.
func Example_subtitles() {
	client, stop := against(realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "Good morning."}},
		Rules: []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: "Good morning to you."}}}},
	})
	defer stop()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close() }()
	_, err = s.Update(ctx, &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{
		Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = s.AppendAudio(ctx, append(realtimetest.Tone(time.Second), realtimetest.Silence(time.Second)...))

	var user, model string
	heard, said := false, false
	for e, err := range s.Events(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch e := e.(type) {
		case *api.ConversationItemInputAudioTranscriptionDelta:
			user += e.Delta
		case *api.ResponseOutputAudioTranscriptDelta:
			model += e.Delta
		case *api.ConversationItemInputAudioTranscriptionCompleted:
			heard = true
		case *api.ResponseDone:
			said = true
		default: // Subtitles need nothing else.
		}
		if heard && said {
			break
		}
	}
	fmt.Println(user)
	fmt.Println(model)
	// Output:
	// Good morning.
	// Good morning to you.
}

// Functions run here, and the tools of an MCP server at the API.
func Example_tools() {
	client, stop := against(realtimetest.Script{})
	defer stop()
	ctx := context.Background()
	s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close() }()
	s.Discard()

	session, err := s.Update(ctx, &api.RealtimeSessionConfig{
		Tools: []api.Tool{
			&api.FunctionTool{
				Name:        "search_database",
				Description: new("Searches the customer database."),
				Parameters:  json.RawMessage(`{"type":"object","properties":{"name":{"type":"string"}}}`),
			},
			&api.MCPTool{ServerLabel: "calendar", ServerURL: new("https://calendar.example/mcp")},
		},
		ToolChoice: api.ToolChoiceAuto,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if session, ok := session.(*api.RealtimeSession); ok {
		fmt.Println(len(session.Tools), session.ToolChoice)
	}
	// Output: 2 auto
}
