// Command observe holds a spoken conversation and shows what happened: the turns with their
// waits, the cost, a recording, and the page demo-out/call.html. The session ends once it has
// cost half a dollar.
//
//	go run ./examples/observe question.wav
//
// needs neither key nor network: it talks to an in-process server. With LIVE=1 and
// OPENAI_API_KEY set it talks to the API. Without an argument the user asks what the
// recording of the demo does.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/examples/internal/offline"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/tap"
	"github.com/voicelane/realtime-go/usage"
	"github.com/voicelane/realtime-go/view"
	"github.com/voicelane/realtime-go/voice"
)

var guide = &agent.Agent{Instructions: agent.Text("You are a guide to Lisbon. Be brief.")}

func main() {
	question := "examples/demo/recordings/question.wav"
	if len(os.Args) > 1 {
		question = os.Args[1]
	}
	offline.Main("observe", &realtimetest.Config{Pace: 1.5}, func(ctx context.Context, cfg *realtime.Config) error {
		name, err := offline.Out("call.jsonl")
		if err != nil {
			return err
		}
		err = talk(ctx, cfg, question, name, os.Stdout)
		return errors.Join(err, show(name, "demo-out/call.html"))
	})
}

// talk holds the conversation, records it and prints what it has cost.
func talk(ctx context.Context, cfg *realtime.Config, question, name string, out io.Writer) (err error) {
	w, err := recording.Create(name, &recording.Options{
		Keep: []recording.Keep{recording.KeepText, recording.KeepTools, recording.KeepAudio}, // By default, no content is kept.
		Mask: []recording.Mask{recording.MaskEmails()},
	})
	if err != nil {
		return err
	}
	recorder := tap.New(w)
	defer func() { err = errors.Join(err, recorder.Close()) }()
	limit, err := usage.ParseMoney("0.50")
	if err != nil {
		return err
	}
	meter := usage.NewMeter(&usage.Options{Budget: usage.Budget{Limit: limit}, OnEntry: recorder.Entry})

	client, err := realtime.NewClient(cfg)
	if err != nil {
		return err
	}
	line, err := voice.OpenWAV(question, "", nil)
	if err != nil {
		return err
	}
	defer line.Close()
	s, err := client.Connect(ctx, realtime.Model("gpt-realtime-2.1"), &realtime.Options{Taps: []*realtime.Tap{recorder.Session(), meter.Tap()}})
	if err != nil {
		return err
	}
	meter.Guard(s) // Ends it with a *usage.BudgetError.
	conv, err := agent.Start(ctx, s, guide, &agent.Options{Line: line, Bridge: &voice.BridgeOptions{Taps: []*voice.Tap{recorder.Line()}}})
	if err != nil {
		return err
	}
	watched := make(chan error, 1)
	turns := conv.Turns(ctx)
	go func() { watched <- recorder.Watch(ctx, conv) }()
	for turn, err := range turns {
		if err != nil {
			return errors.Join(err, <-watched)
		}
		fmt.Fprintf(out, "%s – %s (after %.1f s)\n", turn.User, turn.Said, turn.FirstHeard.Seconds())
	}
	total, err := meter.Bill().Total()
	fmt.Fprintf(out, "USD %v\n", total)
	return errors.Join(err, <-watched)
}

// show writes the recording as a page in one file.
func show(from, to string) error {
	rec, err := recording.Open(from)
	if err != nil {
		return err
	}
	page, err := os.Create(to) //nolint:gosec // The program names the file.
	if err != nil {
		return err
	}
	return errors.Join(view.HTML(page, rec, nil), page.Close())
}
