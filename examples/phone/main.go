// Command phone answers a customer service line: it accepts the calls that webhooks
// announce, and puts a caller through to a person when the model decides so.
//
//	go run ./examples/phone
//
// needs neither key nor network: an in-process server places one call. With LIVE=1,
// OPENAI_API_KEY and OPENAI_WEBHOOK_SECRET set, it serves the API's webhooks on -addr
// until Ctrl-C. The address must be reachable from the API, for example through a tunnel.
package main

import (
	"context"
	"net"
	"os"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

func main() { os.Exit(start(os.Args[1:], os.Stdout)) }

// session is the configuration with which calls are accepted.
var session = &api.RealtimeSessionConfig{
	Model:            new(api.ModelGPTRealtime2_1),
	OutputModalities: []api.Modality{api.ModalityAudio},
	Audio: &api.SessionAudio{
		Input: &api.AudioInput{
			Format:        &api.AudioPCMU{}, // G.711 μ-law, as in telephony.
			Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
			TurnDetection: &api.ServerVAD{SilenceDurationMS: new(700)},
		},
		Output: &api.AudioOutput{Format: &api.AudioPCMU{}, Voice: api.VoiceMarin},
	},
}

// talk holds the conversation of one call, whose sound does not pass through this program.
func talk(ctx context.Context, call *calls.Call) error {
	var end error
	transfer := func(ctx context.Context, _ struct{}) (string, error) {
		end = calls.TransferTo("sip:support@example.com")
		return "", agent.CallFrom(ctx).Conv.HangUp(ctx, "One moment, I put you through.")
	}
	conv, err := agent.Start(ctx, call.Session, &agent.Agent{
		Instructions: agent.Text("You are a customer service agent. Be professional and helpful."),
		Session:      session,
		Tools:        []agent.Tool{agent.Func("transfer_to_agent", "Puts the caller through to a person.", transfer)},
	}, &agent.Options{Greeting: "Good morning, how can I help you?"})
	if err != nil {
		return err
	}
	defer conv.Close()
	for turn, err := range conv.Turns(ctx) {
		if err != nil {
			return err
		}
		call.Session.Logger().Info("turn", "caller", turn.User, "agent", turn.Said)
	}
	return end
}

// plan accepts every call.
func plan(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) {
	return &calls.Plan{Session: session, Run: talk}, nil
}

// serve answers calls until ctx ends.
func serve(ctx context.Context, l net.Listener, cfg *realtime.Config, hook *calls.Webhook) error {
	client, err := realtime.NewClient(cfg)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	return calls.Serve(ctx, l, calls.New(client), &calls.ServeConfig{Plan: plan, Webhook: hook, Logger: cfg.Logger})
}
