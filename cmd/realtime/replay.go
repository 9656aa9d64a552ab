package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/recording"
)

// replaying is the subcommand replay.
type replaying struct {
	speed  float64
	events bool
}

func newReplay() *cobra.Command {
	r := &replaying{}
	cmd := &cobra.Command{
		Use:   "replay FILE",
		Short: "Show a recorded call again, as it happened",
		Long: `Show a recorded call again, as it happened: who said what and when, tools, interruptions,
errors and lost connections. Texts that the recording does not hold are shown as their
lengths, such as ‹142›.

To play a recording to a client in place of a server, use realtime serve -replay.`,
		Example: `  realtime replay call.jsonl
  realtime replay call.jsonl -speed 0 -events`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: recordingFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.speed < 0 {
				return &usageError{errors.New("--speed is negative"), cmd.CommandPath()}
			}
			out := outputOf(cmd)
			rec, err := openRecording(out, args[0])
			if err != nil {
				return err
			}
			return r.run(cmd.Context(), out, rec)
		},
	}
	cmd.Flags().Float64Var(&r.speed, "speed", 1, "speed as a multiple of the call's own; 0 for no delay")
	cmd.Flags().BoolVar(&r.events, "events", false, "show every message; with --json as it was recorded")
	return cmd
}

func (r *replaying) run(ctx context.Context, out *output, rec *recording.Recording) error {
	began := time.Now()
	for _, line := range rec.Lines {
		show := r.printer(out, &line)
		if show == nil {
			continue
		}
		if r.speed > 0 {
			due := time.Duration(float64(line.At.Duration()) / r.speed)
			if err := sleep(ctx, due-time.Since(began)); err != nil {
				return err
			}
		}
		if err := show(); err != nil {
			return err
		}
	}
	return nil
}

// printer returns a function that prints a line of a recording, nil for one that is not
// shown.
func (r *replaying) printer(out *output, line *recording.Line) func() error {
	at := line.At.Duration()
	frame, isFrame := line.Body.(*recording.Frame)
	if r.events && isFrame {
		return func() error { return printEvent(out, at, string(frame.Direction), frame.Type, frame.Event, frame.N) }
	}
	c, ok := captionOfLine(at, line.Body)
	if !ok {
		return nil
	}
	return func() error { return out.show(c, "%s", c) }
}

// captionOfLine returns what a line of a recording says about a call.
func captionOfLine(at time.Duration, body recording.Body) (c caption, ok bool) {
	switch b := body.(type) {
	case *recording.Frame:
		if b.Direction != recording.In || b.Event == nil {
			return caption{}, false
		}
		e, err := api.DecodeServerEvent(b.Event)
		if err != nil {
			return caption{}, false
		}
		return captionOf(at, e)
	case *recording.Lost:
		return captionAt(at, "lost", "the connection is lost, close code %d", b.Code), true
	case *recording.Restored:
		return captionAt(at, "session", "connected again after %s, %d items restored", b.Down.Duration().Round(time.Millisecond), b.Items), true
	case *recording.Note:
		return captionAt(at, "note", "%s", b.Text), true
	default:
		return caption{}, false
	}
}

// eventLine is a message as JSON.
type eventLine struct {
	At        float64         `json:"at"`
	Direction string          `json:"dir"`
	Type      string          `json:"type"`
	Count     int             `json:"n,omitempty"`
	Event     json.RawMessage `json:"event,omitempty"`
}

// printEvent prints a message, or a run of n messages of a type.
func printEvent(out *output, at time.Duration, direction, name string, event json.RawMessage, n int) error {
	l := eventLine{seconds(at), direction, name, n, event}
	arrow := map[string]string{"in": "<", "out": ">"}[direction]
	if n > 1 {
		return out.show(l, "%8.2f  %s %s, %d times", l.At, arrow, name, n)
	}
	return out.show(l, "%8.2f  %s %s", l.At, arrow, name)
}

// sleep waits for d, or until ctx ends, and returns its error then.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
