package calls_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// against returns an in-process server and a client of it, so that the examples need no
// key.
func against() (srv *realtimetest.Server, rt *realtime.Client, stop func()) {
	srv = realtimetest.New(nil)
	rt, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-example", BaseURL: srv.URL, Proxy: realtime.NoProxy, DialContext: srv.DialContext,
	})
	if err != nil {
		fmt.Println(err)
	}
	return srv, rt, func() {
		rt.CloseIdleConnections()
		srv.Close()
	}
}

// The single operations, for a program that controls calls itself.
func ExampleClient() {
	srv, rt, stop := against()
	defer stop()
	ctx := context.Background()
	client := calls.New(rt)
	place := func() *realtimetest.PhoneCall { // A caller rings.
		call, err := srv.Ring(ctx, ringing(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
		if err != nil {
			fmt.Println(err)
		}
		return call
	}

	first := place()
	err := client.Accept(ctx, first.ID(), &api.RealtimeSessionConfig{
		Model:           new(api.ModelGPTRealtime2_1),
		Instructions:    new("You are a phone agent."),
		MaxOutputTokens: api.TokenLimit(1000),
		Audio: &api.SessionAudio{
			Input:  &api.AudioInput{Format: &api.AudioPCMU{}},
			Output: &api.AudioOutput{Format: &api.AudioPCMU{}, Voice: api.VoiceMarin},
		},
	}, nil)
	fmt.Println("accept:", err, *first.Session().Instructions)
	fmt.Println("hang up:", client.Hangup(ctx, first.ID(), nil))
	other := place()
	fmt.Println("reject:", client.Reject(ctx, other.ID(), calls.StatusBusy, nil))
	end, err := other.Ended(ctx)
	fmt.Println(end.By, end.Code, err)

	second := place()
	_ = client.Accept(ctx, second.ID(), nil, nil)
	fmt.Println("refer:", client.Refer(ctx, second.ID(), "tel:+14155550123", nil))
	end, err = second.Ended(ctx)
	fmt.Println(end.By, end.Target, err)

	err = client.Hangup(ctx, second.ID(), nil)
	if e, ok := errors.AsType[*realtime.APIError](err); ok {
		fmt.Println(e.Status, e.Code)
	}
	// Output:
	// accept: <nil> You are a phone agent.
	// hang up: <nil>
	// reject: <nil>
	// rejected 486 <nil>
	// refer: <nil>
	// referred tel:+14155550123 <nil>
	// 404 call_id_not_found
}

// A webhook endpoint that answers up to fifty calls at once.
func ExampleSupervisor() {
	srv, rt, stop := against()
	defer stop()
	ctx := context.Background()

	sup, err := calls.NewSupervisor(calls.New(rt), &calls.SupervisorConfig{
		MaxCalls: 50,
		Plan: func(_ context.Context, in *api.RealtimeCallIncoming) (*calls.Plan, error) {
			fmt.Println("from", calls.Header(in, "From"))
			return &calls.Plan{
				Session: &api.RealtimeSessionConfig{Model: new(api.ModelGPTRealtime2_1)},
				Run: func(ctx context.Context, call *calls.Call) error {
					mux := realtime.NewMux()
					realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.InputAudioBufferDTMFEventReceived) error {
						fmt.Println("pressed", e.Event)
						return calls.TransferTo("sip:support@example.com")
					})
					return mux.Run(ctx, call.Session)
				},
			}, nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	webhook, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{hookSecret}})
	if err != nil {
		fmt.Println(err)
		return
	}
	handler, err := calls.NewHandler(&calls.HandlerConfig{Webhook: webhook, Call: sup.Offer})
	if err != nil {
		fmt.Println(err)
		return
	}

	call, err := srv.Ring(ctx, ringing(handler)) // A caller rings and presses a key.
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = call.Press(ctx, "0")
	end, _ := call.Ended(ctx)
	fmt.Println(end.By, end.Target)
	_ = sup.Shutdown(ctx)
	// Output:
	// from <tel:+15550100>
	// pressed 0
	// referred sip:support@example.com
}

// Create turns the offer of a WebRTC peer into a call.
func ExampleClient_Create() {
	_, rt, stop := against()
	defer stop()
	ctx := context.Background()
	client := calls.New(rt)

	call, err := client.Create(ctx, "v=0\r\n…", &api.RealtimeSessionConfig{Model: new(api.ModelGPTRealtime2_1)}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(call.ID, call.Answer[:3])
	fmt.Println(client.Hangup(ctx, call.ID, nil))
	// Output:
	// rtc_0001 v=0
	// <nil>
}
