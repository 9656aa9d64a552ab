// Command demo holds a spoken conversation over the Realtime API and shows it
// as it happens: a recorded question is streamed as a microphone would, the
// answer is interrupted once by a second recording, and what a listener would
// have heard is written to a WAV file.
//
//	go run ./examples/demo
//
// talks to a server in process and needs neither key nor network. With LIVE=1
// and OPENAI_API_KEY set, the same program talks to the API:
//
//	LIVE=1 go run ./examples/demo
package main

import (
	"context"
	"errors"
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

// timeout ends a conversation that does not come to its end.
const timeout = 2 * time.Minute

func main() {
	out := flag.String("out", filepath.Join("demo-out", "answer.wav"), "WAV file for the answer")
	model := flag.String("model", string(api.ModelGPTRealtime2_1), "model to talk to")
	flag.Parse()
	// The first Ctrl-C ends the conversation, the second one the program.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	defer stop()
	if err := run(ctx, *out, *model, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called.
	}
}

// run holds the conversation with the API or with a server of its own.
func run(ctx context.Context, out, model string, log io.Writer) error {
	r, err := readRecordings()
	if err != nil {
		return err
	}
	if os.Getenv("LIVE") == "1" {
		return demo(ctx, nil, r, out, model, log) // With the environment's key and address.
	}
	srv := realtimetest.NewServer(serverConfig(r))
	defer srv.Close()
	cfg := &realtime.Config{APIKey: "no-key-needed", BaseURL: srv.URL, Proxy: realtime.NoProxy}
	return demo(ctx, cfg, r, out, model, log)
}

// demo holds the conversation and writes the answer to the file called out.
func demo(ctx context.Context, cfg *realtime.Config, r *recordings, out, model string, log io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, err := realtime.NewClient(cfg)
	if err != nil {
		return err
	}
	c := newConversation(client, model, r, log)
	err = c.hold(ctx)
	if c.session == nil {
		return err // Nobody answered.
	}
	c.summary()
	if heard := c.speaker.recording(); len(heard) > 0 {
		err = errors.Join(err, writeAnswer(out, heard))
		c.log.line("written", "%s", out)
	}
	return err
}

// writeAnswer writes what was heard as a WAV file.
func writeAnswer(name string, heard []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // As any other output of the program.
		return err
	}
	f, err := os.Create(name) //nolint:gosec // The name is the user's own.
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return realtimetest.WriteWAV(f, heard)
}
