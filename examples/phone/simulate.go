package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// secret is the webhook secret of the simulated service.
const secret = "whsec_c2ltdWxhdGVkLXBob25lLWV4YW1wbGUtc2VjcmV0" //nolint:gosec // For the simulation only.

// simulate runs the server with one simulated caller, who asks a question and is
// transferred.
func simulate(ctx context.Context, out io.Writer) (err error) {
	question, err := recordings.Read("question")
	if err != nil {
		return err
	}
	service := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "What will the weather be like? Let me speak to a person, please."}},
		Rules: []realtimetest.Rule{
			{When: realtimetest.Said("person"), Do: []realtimetest.Step{
				realtimetest.Say{Text: "One moment, I put you through."},
				realtimetest.Call{Name: "transfer_to_agent", Arguments: `{"reason":"asked for a person"}`},
			}},
			{Do: []realtimetest.Step{realtimetest.Say{Text: "Good morning, how can I help you?"}}},
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
		cfg := &realtime.Config{APIKey: "no-key-needed", BaseURL: service.URL, Proxy: realtime.NoProxy}
		served <- serve(ctx, listener, cfg, []string{secret}, out)
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
