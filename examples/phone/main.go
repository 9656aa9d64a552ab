// Command phone answers a customer service line. It accepts incoming calls that a
// webhook announces, talks over G.711, and transfers a caller to a person when the
// model requests it.
//
//	go run ./examples/phone
//
// needs neither key nor network: an in-process server places one call. With LIVE=1,
// OPENAI_API_KEY and OPENAI_WEBHOOK_SECRET set, it serves the API's webhooks on -addr
// until Ctrl-C. The address must be reachable from the API, for example through a
// tunnel.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// person is the address to which callers are transferred.
const person = "sip:support@example.com"

func main() {
	addr := flag.String("addr", "localhost:8080", "address of the webhook when LIVE=1")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *addr, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "phone:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr string, out io.Writer) error {
	if os.Getenv("LIVE") != "1" {
		return simulate(ctx, out)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return serve(ctx, listener, nil, nil, out) // Key and secret are taken from the environment.
}

// serve answers calls until ctx ends, and then gives running calls another minute.
func serve(ctx context.Context, listener net.Listener, cfg *realtime.Config, secrets []string, out io.Writer) error {
	defer func() { _ = listener.Close() }()
	rt, err := realtime.NewClient(cfg)
	if err != nil {
		return err
	}
	defer rt.CloseIdleConnections()
	webhook, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: secrets})
	if err != nil {
		return err
	}
	desk := newDesk(out)
	logger := desk.log
	sup, err := calls.NewSupervisor(calls.New(rt), &calls.SupervisorConfig{
		Plan: desk.plan, MaxCalls: 50, Logger: logger,
		Ended: func(in *api.RealtimeCallIncoming, err error) {
			logger.Info("call ended", "call", in.Data.CallID, "ok", err == nil)
		},
	})
	if err != nil {
		return err
	}
	handler, err := calls.NewHandler(&calls.HandlerConfig{Webhook: webhook, Call: sup.Offer, Logger: logger})
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	// Refuse new webhooks, but answer those in progress.
	context.AfterFunc(ctx, func() { _ = server.Shutdown(context.WithoutCancel(ctx)) })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return sup.Shutdown(last)
}

// desk handles the calls.
type desk struct{ log *slog.Logger }

func newDesk(out io.Writer) *desk {
	return &desk{log: slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: withoutTime}))}
}

// plan returns the plan for a call. Its SIP headers are untrusted input.
func (d *desk) plan(_ context.Context, in *api.RealtimeCallIncoming) (*calls.Plan, error) {
	from := calls.Header(in, "From")
	d.log.Info("call", "call", in.Data.CallID, "from", from)
	if strings.Contains(from, "anonymous") {
		return &calls.Plan{Reject: calls.StatusDecline}, nil
	}
	return &calls.Plan{Session: session, Run: d.talk}, nil
}

// session is the configuration with which calls are accepted.
var session = &api.RealtimeSessionConfig{
	Model:        new(api.ModelGPTRealtime2_1),
	Instructions: new("You are a customer service agent. Be professional and helpful."),
	Audio: &api.SessionAudio{
		Input: &api.AudioInput{
			Format:        &api.AudioPCMU{}, // G.711 μ-law, as in telephony.
			Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
			TurnDetection: &api.ServerVAD{SilenceDurationMS: new(700)},
		},
		Output: &api.AudioOutput{Format: &api.AudioPCMU{}, Voice: api.VoiceMarin},
	},
	Tools: []api.Tool{&api.FunctionTool{
		Name:        "transfer_to_agent",
		Description: new("Puts the caller through to a person."),
		Parameters:  json.RawMessage(`{"type":"object","properties":{"reason":{"type":"string"}}}`),
	}},
}

// talk handles the events of one call on its sideband session. The audio does not pass
// through this program.
func (d *desk) talk(ctx context.Context, call *calls.Call) error {
	logger := d.log.With("call", call.ID())
	mux := realtime.NewMux()
	realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.ConversationItemInputAudioTranscriptionCompleted) error {
		logger.Info("caller", "says", e.Transcript)
		return nil
	})
	realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputAudioTranscriptDone) error {
		logger.Info("agent", "says", e.Transcript)
		return nil
	})
	realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.InputAudioBufferDTMFEventReceived) error {
		logger.Info("caller", "presses", e.Event)
		if e.Event == "0" {
			return calls.TransferTo(person)
		}
		return nil
	})
	realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.ResponseDone) error {
		for _, item := range e.Response.Output {
			if f, ok := item.(*api.FunctionCall); ok && f.Name == "transfer_to_agent" {
				logger.Info("transfer", "why", f.Arguments)
				return calls.TransferTo(person)
			}
		}
		return nil
	})
	mux.OnServerError(func(_ context.Context, _ *realtime.Session, err *realtime.ServerError) error {
		logger.Warn("server", "error", err)
		return nil
	})
	// The one who answers speaks first.
	if err := call.Session.Send(ctx, &api.ResponseCreate{Response: &api.ResponseParams{Instructions: new("Greet the caller.")}}); err != nil {
		return err
	}
	return mux.Run(ctx, call.Session)
}

// withoutTime omits the time from the log of this example.
func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
