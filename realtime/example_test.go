package realtime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// weather serves the examples: it talks about Lisbon and knows one tool.
func weather() *realtimetest.Server {
	return realtimetest.NewServer(&realtimetest.Config{
		Script: realtimetest.Script{
			Heard: []realtimetest.Heard{{Text: "What is the weather in Lisbon?"}},
			Rules: []realtimetest.Rule{
				{When: realtimetest.Returned("weather"), Do: []realtimetest.Step{realtimetest.Say{Text: "It is sunny in Lisbon."}}},
				{When: realtimetest.Said("tool"), Do: []realtimetest.Step{realtimetest.Call{Name: "weather", Arguments: `{"city":"Lisbon"}`}}},
				{When: realtimetest.Said("Lisbon"), Do: []realtimetest.Step{realtimetest.Say{Text: "It is sunny."}}},
			},
		},
		RateLimits: []api.RateLimit{{Name: api.RateLimitNameRequests, Limit: 100, Remaining: 100, ResetSeconds: 60}},
	})
}

// open connects to a server in process; LIVE programs leave BaseURL out.
func open(ctx context.Context, url string) (*realtime.Session, error) {
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-example", BaseURL: url})
	if err != nil {
		return nil, err
	}
	return client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
}

func ExampleClient_Connect() {
	srv := weather()
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-example", BaseURL: srv.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	err = errors.Join(s.SendText(ctx, "How is Lisbon?"), s.Send(ctx, &api.ResponseCreate{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	for e, err := range s.Events(ctx) {
		if err != nil {
			fmt.Println(err)
			continue // the loop ends by itself when the session has
		}
		switch e := e.(type) {
		case *api.ResponseOutputAudioTranscriptDelta:
			fmt.Print(e.Delta) // a session speaks unless its settings ask for text
		case *api.ErrorEvent:
			fmt.Println(realtime.NewServerError(e)) // the session goes on
		case *api.ResponseDone:
			fmt.Println()
			fmt.Println(e.Response.Status)
			return
		default: // and fifty more
		}
	}
	// Output:
	// It is sunny.
	// completed
}

func ExampleMux() {
	srv := weather()
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := open(ctx, srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	mux := realtime.NewMux()
	realtime.On(mux, func(ctx context.Context, s *realtime.Session, _ *api.SessionCreated) error {
		return errors.Join(s.SendText(ctx, "Use the tool, please."), s.Send(ctx, &api.ResponseCreate{}))
	})
	realtime.On(mux, func(ctx context.Context, s *realtime.Session, e *api.ResponseFunctionCallArgumentsDone) error {
		fmt.Println(e.Name, e.Arguments)
		return s.SendItem(ctx, api.FunctionOutput(e.CallID, `{"sky":"clear"}`))
	})
	realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputAudioTranscriptDone) error {
		fmt.Println(e.Transcript)
		return nil
	})
	turns := 0
	realtime.On(mux, func(ctx context.Context, s *realtime.Session, _ *api.ResponseDone) error {
		if turns++; turns == 1 {
			return s.Send(ctx, &api.ResponseCreate{}) // one response for all outputs
		}
		return nil
	})
	mux.Handle("rate_limits.updated", func(_ context.Context, s *realtime.Session, e api.ServerEvent) error {
		if limits, ok := e.(*api.RateLimitsUpdated); ok && turns == 2 {
			for _, l := range limits.RateLimits {
				fmt.Println(l.Name, l.Limit)
			}
			return s.Close()
		}
		return nil
	})
	mux.OnServerError(func(_ context.Context, _ *realtime.Session, err *realtime.ServerError) error {
		fmt.Println(err)
		return nil
	})
	if err := mux.Run(ctx, s); err != nil {
		fmt.Println(err)
	}
	// Output:
	// weather {"city":"Lisbon"}
	// It is sunny in Lisbon.
	// requests 100
}

// Memory of audio is used again where the handler is done with it when it
// returns, as this one is: a buffer copies what is written to it.
func ExampleOnAudio() {
	srv := weather()
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := open(ctx, srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if err := errors.Join(s.SendText(ctx, "How is Lisbon?"), s.Send(ctx, &api.ResponseCreate{})); err != nil {
		fmt.Println(err)
		return
	}

	var played bytes.Buffer
	mux := realtime.NewMux()
	realtime.OnAudio(mux, func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputAudioDelta) error {
		_, err := played.Write(e.Delta)
		return err
	})
	realtime.On(mux, func(_ context.Context, s *realtime.Session, e *api.ResponseDone) error {
		fmt.Println(e.Response.Status)
		return s.Close()
	})
	if err := mux.Run(ctx, s); err != nil {
		fmt.Println(err)
	}
	fmt.Println("heard an answer:", played.Len() > 0)
	// Output:
	// completed
	// heard an answer: true
}

func ExampleSession_Respond() {
	srv := weather()
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := open(ctx, srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	s.Discard() // this program follows streams alone
	if err := s.SendText(ctx, "How is Lisbon?"); err != nil {
		fmt.Println(err)
		return
	}
	r, err := s.Respond(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var played bytes.Buffer
	if _, err := io.Copy(&played, r.Audio(ctx)); err != nil {
		fmt.Println(err)
		return
	}
	answer, err := r.Answer(ctx)
	if err == nil {
		err = answer.Err() // a response may fail without harm to the session
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Transcript, played.Len() == len(answer.Audio), played.Len() > 0)
	// Output:
	// It is sunny. true true
}

func ExampleSession_Update() {
	srv := weather()
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := open(ctx, srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	now, err := s.Update(ctx, &api.RealtimeSessionConfig{
		Instructions: new("Be brief."),
		Audio: &api.SessionAudio{Input: &api.AudioInput{
			TurnDetection: &api.ServerVAD{SilenceDurationMS: new(300)},
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if now, ok := now.(*api.RealtimeSession); ok {
		fmt.Println(*now.Instructions)
	}
	// Output:
	// Be brief.
}

func ExampleSession_Request() {
	srv := weather()
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := open(ctx, srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	_, err = s.Request(ctx, &api.ConversationItemCreate{Item: api.UserText("Hello.")})
	fmt.Println(err)
	_, err = s.Request(ctx, &api.ResponseCancel{})
	if refused, ok := errors.AsType[*realtime.ServerError](err); ok {
		switch {
		case refused.Code() == realtime.CodeCancelNotActive:
			fmt.Println("nothing to cancel")
		case refused.IsRateLimit(), refused.IsServerError():
			fmt.Println("try again later")
		default:
			fmt.Println(refused)
		}
	}
	// Output:
	// <nil>
	// nothing to cancel
}

func ExampleSession_PaceAudio() {
	srv := weather()
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := open(ctx, srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	question := append(realtimetest.Tone(time.Second), realtimetest.Silence(time.Second)...)
	if _, err := s.PaceAudio(ctx, bytes.NewReader(question), realtime.Pace{Speed: 20}); err != nil {
		fmt.Println(err)
		return
	}
	for e, err := range s.Events(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch e := e.(type) {
		case *api.InputAudioBufferSpeechStarted:
			fmt.Println("listening")
		case *api.ResponseOutputAudioTranscriptDone:
			fmt.Println("answered:", len(e.Transcript) > 0)
			return
		default:
		}
	}
	// Output:
	// listening
	// answered: true
}

func ExampleCollector() {
	srv := weather()
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := open(ctx, srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if err := errors.Join(s.SendText(ctx, "How is Lisbon?"), s.Send(ctx, &api.ResponseCreate{})); err != nil {
		fmt.Println(err)
		return
	}
	var c realtime.Collector
	for e, err := range s.Events(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if answer, ok := c.Add(e); ok {
			fmt.Println(answer.Transcript, answer.Response.Status)
			return
		}
	}
	// Output:
	// It is sunny. completed
}

func ExampleNewClient_azure() {
	client, err := realtime.NewClient(&realtime.Config{
		Azure: &realtime.Azure{Endpoint: "https://contoso.openai.azure.com", Deployment: "voice"},
		Credentials: func(context.Context) (realtime.Credential, error) {
			return realtime.Token(os.Getenv("ENTRA_TOKEN")), nil // asked before each dial
		},
	})
	fmt.Println(client, err)
	// Output:
	// realtime.Client(wss://contoso.openai.azure.com/openai/v1) <nil>
}

// A program reads and edits what the server holds.
func ExampleSession_Conversation() {
	srv := weather()
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := open(ctx, srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	s.Discard() // this program reads the conversation alone
	conv := s.Conversation()
	if _, err := conv.Insert(ctx, api.UserText("My name is Ana."), ""); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := conv.Insert(ctx, api.SystemText("Be brief."), realtime.RootItem); err != nil {
		fmt.Println(err)
		return
	}
	for _, item := range conv.Items() {
		fmt.Println(item.State, item.Text())
	}
	// Output:
	// complete Be brief.
	// complete My name is Ana.
}
