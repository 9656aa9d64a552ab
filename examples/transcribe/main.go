// Command transcribe turns recordings into text: each segment with its times, several files at
// once.
//
//	go run ./examples/transcribe call-1.wav call-2.wav
//
// needs neither key nor network: an in-process server tells how long each segment is. With LIVE=1 and
// OPENAI_API_KEY set the API writes what is said. Without arguments the recordings of the
// demo are taken.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/voicelane/realtime-go/examples/internal/offline"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/transcribe"
)

func main() {
	files := os.Args[1:]
	if len(files) == 0 {
		files, _ = filepath.Glob("examples/demo/recordings/*.wav") // The pattern is right.
	}
	offline.Main("transcribe", nil, func(ctx context.Context, cfg *realtime.Config) error {
		return run(ctx, cfg, files, os.Stdout)
	})
}

// run prints the segments of each file. One that fails does not affect the others.
func run(ctx context.Context, cfg *realtime.Config, files []string, out io.Writer) error {
	client, err := realtime.NewClient(cfg)
	if err != nil {
		return err
	}
	var sources []transcribe.Source
	for _, name := range files {
		sources = append(sources, transcribe.WAVFile(name))
	}
	var failed []error
	for t := range transcribe.Files(ctx, client, sources, &transcribe.Options{Sessions: 8}) {
		if t.Err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", t.Name, t.Err))
		}
		for _, s := range t.Segments {
			fmt.Fprintf(out, "%s  %.2f – %.2f  %s\n", filepath.Base(t.Name), s.Start.Seconds(), s.End.Seconds(), s.Text)
		}
	}
	return errors.Join(failed...)
}
