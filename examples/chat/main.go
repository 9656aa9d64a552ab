// Command chat talks with a model in writing, line by line, and prints each answer as it
// comes.
//
//	go run ./examples/chat
//
// needs neither key nor network: an in-process server echoes. With LIVE=1 and
// OPENAI_API_KEY set it talks to the API. The end of the input or Ctrl-C ends it.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdin, os.Stdout)
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "chat:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, in io.Reader, out io.Writer) error {
	var cfg realtime.Config // The zero value takes key and URL from the environment.
	if os.Getenv("LIVE") != "1" {
		srv := realtimetest.NewServer(nil)
		defer srv.Close()
		cfg = realtime.Config{APIKey: "no-key-needed", BaseURL: srv.URL, Proxy: realtime.NoProxy}
	}
	return chat(ctx, &cfg, in, out)
}

// librarian is the agent. Its only tool shows how little one takes.
var librarian = &agent.Agent{
	Instructions: agent.Text("You are a terse librarian."),
	Tools: []agent.Tool{agent.Func("today", "Tells the date.", func(context.Context, struct{}) (string, error) {
		return time.Now().Format(time.DateOnly), nil
	})},
}

// chat answers each line of the input.
func chat(ctx context.Context, cfg *realtime.Config, in io.Reader, out io.Writer) error {
	client, err := realtime.NewClient(cfg)
	if err != nil {
		return err
	}
	s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), &realtime.Options{Reconnect: &realtime.Reconnect{}})
	if err != nil {
		return err
	}
	conv, err := agent.Start(ctx, s, librarian, nil)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		answer, err := conv.Ask(ctx, lines.Text())
		if err != nil {
			return errors.Join(err, conv.Close())
		}
		for piece, err := range answer.Text(ctx) {
			if err != nil {
				return errors.Join(err, conv.Close())
			}
			fmt.Fprint(out, piece)
		}
		fmt.Fprintln(out)
	}
	return errors.Join(lines.Err(), conv.Close())
}
