package realtime_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// interpreter plays a translation service that says one sentence at the end.
func interpreter() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		say := func(frame string) { _ = ws.WriteMessage(websocket.TextMessage, []byte(frame)) }
		say(`{"type":"session.created","event_id":"e1","session":{"type":"translation","id":"t1","expires_at":0,"model":"m","audio":{}}}`)
		for {
			_, data, err := ws.ReadMessage()
			if err != nil {
				return
			}
			if e, err := api.DecodeTranslationClientEvent(data); err == nil && e.EventType() == "session.close" {
				say(`{"type":"session.output_transcript.delta","event_id":"e2","delta":"Bom dia."}`)
				say(`{"type":"session.closed","event_id":"e3"}`)
			}
		}
	}))
}

func ExampleClient_ConnectTranslation() {
	srv := interpreter()
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-example", BaseURL: srv.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := client.ConnectTranslation(ctx, api.TranslationModelGPTRealtimeTranslate, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if err := s.AppendAudio(ctx, make([]byte, realtime.RatePCM)); err != nil {
		fmt.Println(err)
		return
	}
	finished := make(chan error, 1)
	go func() { finished <- s.Finish(ctx) }() // the loop below receives the tail
	for e, err := range s.Events(ctx) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		if e, ok := e.(*api.TranslationOutputTranscriptDelta); ok {
			fmt.Println(e.Delta)
		}
	}
	fmt.Println(<-finished)
	// Output:
	// Bom dia.
	// <nil>
}

// A listener asks for another language while the speaker goes on.
func ExampleTranslationSession_Update() {
	srv := realtimetest.NewServer(nil)
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-example", BaseURL: srv.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := client.ConnectTranslation(ctx, api.TranslationModelGPTRealtimeTranslate, &realtime.Options{
		Reconnect: &realtime.Reconnect{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	now, err := s.Update(ctx, api.TranslationSessionChange{
		Audio: &api.TranslationAudio{Output: &api.TranslationAudioOutput{Language: new("pt")}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*now.Audio.Output.Language)
	// Output: pt
}

// The last transcript is there when Finish returns.
func ExampleSession_Finish() {
	srv := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "Good morning."}},
	}})
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-example", BaseURL: srv.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := client.Connect(ctx, realtime.Transcription(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if _, err := s.Update(ctx, &api.TranscriptionSessionConfig{Audio: &api.TranscriptionAudio{Input: &api.AudioInput{
		Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
	}}}); err != nil {
		fmt.Println(err)
		return
	}
	if err := s.AppendAudio(ctx, realtimetest.Tone(time.Second)); err != nil {
		fmt.Println(err)
		return
	}
	finished := make(chan error, 1)
	go func() { finished <- s.Finish(ctx) }() // the loop below receives the tail
	for e, err := range s.Events(ctx) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		if e, ok := e.(*api.ConversationItemInputAudioTranscriptionCompleted); ok {
			fmt.Println(e.Transcript)
		}
	}
	fmt.Println(<-finished)
	// Output:
	// Good morning.
	// <nil>
}
