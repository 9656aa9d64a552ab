package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// demoServer configures the test server of demoCall.
func demoServer() *realtimetest.Config {
	return &realtimetest.Config{
		Pace:        1,
		Credentials: anyClient,
		Script: realtimetest.Script{
			Heard: []realtimetest.Heard{{Text: "What will the weather be like in Lisbon on Saturday?"}},
			Rules: []realtimetest.Rule{
				{When: realtimetest.Said("weather"), Do: []realtimetest.Step{realtimetest.Say{Text: "On Saturday Lisbon will be sunny and warm."}}},
			},
		},
	}
}

// demoCall places a call at a test server and has it accepted. Once it is followed, the
// caller asks a question and hangs up after the answer.
func demoCall(ctx context.Context, srv *realtimetest.Server) (id string, err error) {
	question, err := recordings.Read("question")
	if err != nil {
		return "", err
	}
	phone, err := srv.Ring(ctx, &realtimetest.Ringing{
		URL: "http://localhost/webhook", From: "+15550100", Client: &http.Client{Transport: roundTripper(answer200)},
	})
	if err != nil {
		return "", err
	}
	client, err := realtime.NewClient(&realtime.Config{APIKey: "no-key-needed", BaseURL: srv.URL, Proxy: realtime.NoProxy})
	if err != nil {
		return "", err
	}
	defer client.CloseIdleConnections()
	err = calls.New(client).Accept(ctx, phone.ID(), &api.RealtimeSessionConfig{
		Model: new(api.ModelGPTRealtime2_1),
		Audio: &api.SessionAudio{Input: &api.AudioInput{
			Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
		}},
	}, nil)
	if err != nil {
		return "", err
	}
	go func() { // Ends with the server at the latest.
		const patience = 4 * time.Second
		if phone.Say(ctx, question) == nil && sleep(ctx, patience) == nil {
			_ = phone.Press(ctx, "#") // Without it the call still ends.
			phone.HangUp()
		}
	}()
	return phone.ID(), nil
}

// roundTripper answers requests without a network.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer200 is an application that takes every webhook.
func answer200(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		if err := r.Body.Close(); err != nil {
			return nil, errors.Join(errors.New("the webhook's body"), err)
		}
	}
	return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, Request: r}, nil
}
