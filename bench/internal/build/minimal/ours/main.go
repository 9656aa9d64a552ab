// Command ours is a minimal program: it sends a text and prints the answer.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/voicelane/realtime-go/realtime"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	client, err := realtime.NewClient(&realtime.Config{APIKey: os.Getenv("OPENAI_API_KEY")})
	if err != nil {
		return err
	}
	s, err := client.Connect(ctx, realtime.Model("gpt-realtime"), nil)
	if err != nil {
		return err
	}
	defer s.Close()
	s.Discard()
	if err := s.SendText(ctx, "Hello?"); err != nil {
		return err
	}
	stream, err := s.Respond(ctx, nil)
	if err != nil {
		return err
	}
	answer, err := stream.Answer(ctx)
	if err != nil {
		return err
	}
	_, err = os.Stdout.WriteString(answer.Transcript)
	return err
}
