package tap_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/tap"
)

// A session is recorded to a file, read, and played to another client.
func Example() {
	dir, err := os.MkdirTemp("", "calls")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "call.jsonl")

	srv := realtimetest.New(&realtimetest.Config{Script: realtimetest.Script{
		Rules: []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: "It is noon."}}}},
	}})
	defer srv.Close()
	w, err := recording.Create(file, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	rec := tap.New(w)
	answer, err := ask(context.Background(), srv, rec.Session())
	fmt.Println(answer, errors.Join(err, rec.Close()))

	call, err := recording.Open(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	turn := call.Timeline().Turns[0]
	fmt.Println(len(call.Timeline().Turns), "turn; whole:", call.Tail == nil, "cut:", turn.Cut)

	data, err := os.ReadFile(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	transcript, err := realtimetest.ReadTranscript(bytes.NewReader(data))
	if err != nil {
		fmt.Println(err)
		return
	}
	again := realtimetest.New(&realtimetest.Config{Replay: transcript})
	defer again.Close()
	answer, err = ask(context.Background(), again, nil)
	fmt.Println(answer, err, "(a recording of structure alone has fillers)")
	// Output:
	// It is noon. <nil>
	// 1 turn; whole: true cut: false
	// xxx <nil> (a recording of structure alone has fillers)
}

// ask asks a question in writing, and returns the answer.
func ask(ctx context.Context, srv *realtimetest.Server, tap *realtime.Tap) (string, error) {
	client, err := realtime.NewClient(&realtime.Config{APIKey: "any", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy})
	if err != nil {
		return "", err
	}
	s, err := client.Connect(ctx, realtime.Model("gpt-realtime"), &realtime.Options{Taps: []*realtime.Tap{tap}})
	if err != nil {
		return "", err
	}
	s.Discard()
	if err := s.SendText(ctx, "What time is it?"); err != nil {
		return "", err
	}
	stream, err := s.Respond(ctx, &api.ResponseCreate{Response: &api.ResponseParams{OutputModalities: []api.Modality{api.ModalityText}}})
	if err != nil {
		return "", err
	}
	answer, err := stream.Answer(ctx)
	if err != nil {
		return "", err
	}
	return answer.Text, s.Close()
}
