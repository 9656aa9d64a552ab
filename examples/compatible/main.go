// Command compatible talks with a server that is not the vendor's: it finds out what the
// server can, and asks it a question. The server needs no change to the program: its address
// is in OPENAI_BASE_URL, such as http://localhost:8080/v1 for LocalAI.
//
//	go run ./examples/compatible
//
// needs neither key nor network: a server in this process behaves as LocalAI does. With
// LIVE=1 it is that of OPENAI_BASE_URL; a server on this machine needs no key, and gets that of
// OPENAI_API_KEY if the variable is set.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/examples/internal/offline"
	"github.com/voicelane/realtime-go/probe"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/realtimetest/like"
)

func main() {
	model := flag.String("model", "gpt-realtime", "`name` of the model at the server")
	flag.Parse()
	offline.Main("compatible", &realtimetest.Config{Like: like.LocalAI()}, func(ctx context.Context, cfg *realtime.Config) error {
		return run(ctx, cfg, *model, os.Stdout)
	})
}

// needed are the checks of probe.Names without which this program does not work.
var needed = []string{"update/answered", "response/text"}

func run(ctx context.Context, cfg *realtime.Config, model string, out io.Writer) error {
	client, err := realtime.NewClient(cfg)
	if err != nil {
		return err
	}
	report, err := probe.Run(ctx, client, realtime.Model(model), &probe.Options{Checks: needed})
	if err != nil {
		return err
	}
	for _, r := range report.Results {
		fmt.Fprintf(out, "%-8s %s\n", r.Outcome, r.Name)
	}
	if report.ExitStatus() != 0 {
		return fmt.Errorf("the server at %s lacks what this program needs", client.BaseURL())
	}
	s, err := client.Connect(ctx, realtime.Model(model), nil)
	if err != nil {
		return err
	}
	conv, err := agent.Start(ctx, s, &agent.Agent{Instructions: agent.Text("Be brief.")}, nil)
	if err != nil {
		return err
	}
	defer conv.Close()
	answer, err := conv.Ask(ctx, "Where do I get the best view of Lisbon?")
	if err != nil {
		return err
	}
	for piece, err := range answer.Text(ctx) {
		if err != nil {
			return err
		}
		fmt.Fprint(out, piece)
	}
	_, err = fmt.Fprintln(out)
	return err
}
