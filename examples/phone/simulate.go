package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// start runs the program until it is interrupted, and returns its exit status.
func start(args []string, out io.Writer) int {
	flags := flag.NewFlagSet("phone", flag.ExitOnError)
	addr := flags.String("addr", "localhost:8080", "address of the webhook when LIVE=1")
	_ = flags.Parse(args) // An error exits.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, out); err != nil {
		fmt.Fprintln(os.Stderr, "phone:", err)
		return 1
	}
	return 0
}

// run serves the API's calls, or one that the in-process server places.
func run(ctx context.Context, addr string, out io.Writer) error {
	log := slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	if os.Getenv("LIVE") != "1" {
		return simulate(ctx, out, log)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return serve(ctx, listener, &realtime.Config{Logger: log}, nil) // Key and secret are taken from the environment.
}

// withoutTime omits the time from the log of this example.
func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// instructed reports whether a response is to say text.
func instructed(text string) func(*realtimetest.Turn) bool {
	return func(turn *realtimetest.Turn) bool {
		p := turn.Params // Nil for a response of the server's own.
		return p != nil && p.Instructions != nil && strings.Contains(*p.Instructions, text)
	}
}

// secret is the webhook secret of the simulated service.
const secret = "whsec_c2ltdWxhdGVkLXBob25lLWV4YW1wbGUtc2VjcmV0" //nolint:gosec // For the simulation only.

// simulate runs the server with one simulated caller, who asks a question and is
// transferred.
func simulate(ctx context.Context, out io.Writer, log *slog.Logger) (err error) {
	question, err := recordings.Read("question")
	if err != nil {
		return err
	}
	hook, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{secret}})
	if err != nil {
		return err
	}
	service := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "What will the weather be like? Let me speak to a person, please."}},
		Rules: []realtimetest.Rule{
			{When: instructed("Good morning"), Do: []realtimetest.Step{realtimetest.Say{Text: "Good morning, how can I help you?"}}},
			{When: instructed("One moment"), Do: []realtimetest.Step{realtimetest.Say{Text: "One moment, I put you through."}}},
			{When: realtimetest.Said("person"), Do: []realtimetest.Step{realtimetest.Call{Name: "transfer_to_agent"}}},
		},
	}})
	defer service.Close()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() {
		cfg := &realtime.Config{APIKey: "no-key-needed", BaseURL: service.URL, Proxy: realtime.NoProxy, Logger: log}
		served <- serve(ctx, listener, cfg, hook)
	}()
	defer func() {
		stop()
		err = errors.Join(err, <-served)
	}()

	call, err := service.Ring(ctx, &realtimetest.Ringing{
		URL: "http://" + listener.Addr().String(), Secret: secret, From: "<tel:+15550100>", To: "<sip:desk@example.com>",
	})
	if err != nil {
		return err
	}
	line, err := call.Sideband(ctx)
	if err != nil {
		return err
	}
	// The caller waits for the end of the greeting.
	if _, err := line.WaitFor(ctx, realtimetest.Is(realtimetest.Sent, "response.done")); err != nil {
		return err
	}
	if err := call.Say(ctx, question); err != nil {
		return err
	}
	end, err := call.Ended(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "the caller was %s to %s and heard %d bytes\n", end.By, end.Target, len(call.Heard()))
	return err
}
