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
	"time"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/examples/internal/offline"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

func main() {
	offline.Main("chat", nil, func(ctx context.Context, cfg *realtime.Config) error { return chat(ctx, cfg, os.Stdin, os.Stdout) })
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
