package openaigo_test

import (
	"context"
	"fmt"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/voicelane/realtime-go/openaigo"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// One client configures both: the vendor's SDK for the rest of the API, and this module
// for live sessions.
func ExampleConfig() {
	srv := realtimetest.NewServer(nil)
	defer srv.Close()
	vendor := openai.NewClient(option.WithBaseURL(srv.URL), option.WithAPIKey("sk-any"))

	config, err := openaigo.Config(vendor)
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := realtime.NewClient(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	ctx := context.Background()
	s, err := client.Connect(ctx, realtime.Model("gpt-realtime"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	s.Discard()
	if err := s.SendText(ctx, "hello"); err != nil {
		fmt.Println(err)
		return
	}
	stream, err := s.Respond(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := stream.Answer(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Transcript)
	// Output: You said: hello
}
