// Command demo runs a spoken conversation over the Realtime API and logs its events. It
// streams a recorded question at the pace of a microphone, interrupts the answer once
// with a second recording, and writes what both sides said to a stereo WAV file: the user
// left, the model right.
//
//	go run ./examples/demo
//
// needs neither key nor network: it talks to an in-process server. With LIVE=1 and
// OPENAI_API_KEY set, the same program talks to the API:
//
//	LIVE=1 go run ./examples/demo
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// timeout bounds the conversation.
const timeout = 2 * time.Minute

func main() {
	out := flag.String("out", filepath.Join("demo-out", "conversation.wav"), "WAV `file` for both sides")
	model := flag.String("model", string(api.ModelGPTRealtime2_1), "model to talk to")
	flag.Parse()
	// The first Ctrl-C ends the conversation, the second one kills the program.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	defer stop()
	if err := run(ctx, *out, *model, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called.
	}
}

// run runs the conversation with the API, or with an in-process server.
func run(ctx context.Context, out, model string, log io.Writer) error {
	r, err := readRecordings()
	if err != nil {
		return err
	}
	if os.Getenv("LIVE") == "1" {
		return demo(ctx, nil, r, out, model, log) // Key and URL are taken from the environment.
	}
	srv := realtimetest.NewServer(serverConfig(r))
	defer srv.Close()
	cfg := &realtime.Config{APIKey: "no-key-needed", BaseURL: srv.URL, Proxy: realtime.NoProxy}
	return demo(ctx, cfg, r, out, model, log)
}

// demo runs the conversation and writes both sides to the file named out.
func demo(ctx context.Context, cfg *realtime.Config, r *recordings, out, model string, log io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, err := realtime.NewClient(cfg)
	if err != nil {
		return err
	}
	c := newConversation(client, model, r, log)
	err = c.hold(ctx, out)
	if c.session == nil {
		return err // Nothing was said.
	}
	c.summary()
	c.log.line("written", "%s", out)
	return err
}
