// Package offline runs the examples without a key: against a server in the process, unless
// LIVE=1 asks for the API.
package offline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
)

// Main runs a program until it ends or is interrupted, and exits with its status.
func Main(name string, server *realtimetest.Config, run func(context.Context, *realtime.Config) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	cfg, end := Config(server)
	err := run(ctx, cfg)
	interrupted := ctx.Err() != nil && errors.Is(err, context.Canceled)
	end()
	stop()
	if err != nil && !interrupted {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

// Config returns the configuration of a client of a server in the process, and the func that
// ends the server. With LIVE=1 it is that of the API: nil, which takes key and address from
// the environment.
func Config(server *realtimetest.Config) (cfg *realtime.Config, end func()) {
	if os.Getenv("LIVE") == "1" {
		return nil, func() {}
	}
	srv := realtimetest.NewServer(server)
	return &realtime.Config{APIKey: "no-key-needed", BaseURL: srv.URL, Proxy: realtime.NoProxy}, srv.Close
}

// Out makes the folder demo-out and returns the name of a file in it. A recording that an
// earlier run has left there is removed.
func Out(name string) (string, error) {
	const folder = "demo-out"
	name = filepath.Join(folder, name)
	for _, old := range []string{name, recording.SoundFile(name)} {
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
	}
	return name, os.MkdirAll(folder, 0o750)
}
