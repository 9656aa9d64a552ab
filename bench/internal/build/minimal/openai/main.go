// Command openai is a minimal program with the vendor's package: it sends a text and prints
// the answer.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/realtime"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	client := openai.NewClient()
	conn, err := client.Realtime.Connect(ctx, realtime.RealtimeConnectionOptions{}, option.WithQuery("model", "gpt-realtime"))
	if err != nil {
		return err
	}
	defer conn.Abort()
	item := realtime.RealtimeConversationItemUserMessageParam{
		Content: []realtime.RealtimeConversationItemUserMessageContentParam{{Type: "input_text", Text: openai.String("Hello?")}},
	}
	if err := conn.Send(ctx, realtime.RealtimeClientEventParamOfConversationItemCreate(item)); err != nil {
		return err
	}
	create := realtime.RealtimeClientEventUnionParam{OfResponseCreate: &realtime.ResponseCreateEventParam{}}
	if err := conn.Send(ctx, create); err != nil {
		return err
	}
	for {
		e, err := conn.Recv(ctx)
		if err != nil {
			return err
		}
		switch e := e.AsAny().(type) {
		case realtime.ResponseAudioTranscriptDeltaEvent:
			_, _ = os.Stdout.WriteString(e.Delta)
		case realtime.ResponseDoneEvent:
			return nil
		}
	}
}
