package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// tailing is the subcommand tail.
type tailing struct {
	server
	events bool
}

func newTail() *cobra.Command {
	t := &tailing{}
	cmd := &cobra.Command{
		Use:   "tail CALL",
		Short: "Follow a call that runs: captions, tools and errors",
		Long: `Follow a phone or WebRTC call that runs, by its id, from beside it: what is said, tools,
keys, interruptions and errors. Caller and model do not notice, and the call goes on when
the command ends.

Without a key it follows a call at a test server, whatever the id.`,
		Example: `  realtime tail rtc_u1_9c6574da8b8a41a18da9308f4ad974ce
  realtime tail rtc_u1_9c65 -events -json | jq .event`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.run(cmd.Context(), outputOf(cmd), args[0])
		},
	}
	t.flags(cmd)
	cmd.Flags().BoolVar(&t.events, "events", false, "show every event; with --json whole")
	_ = cmd.Flags().MarkHidden("model") // A call has its model.
	return cmd
}

func (t *tailing) run(ctx context.Context, out *output, call string) (err error) {
	if t.alone() {
		srv := realtimetest.NewServer(demoServer())
		defer srv.Close()
		t.url = srv.URL
		out.remark("OPENAI_API_KEY is not set: this is a call at a test server in this process")
		if call, err = demoCall(ctx, srv); err != nil {
			return err
		}
	}
	client, end, err := t.client(out, nil)
	if err != nil {
		return err
	}
	defer end()
	began := time.Now()
	s, err := client.Connect(ctx, realtime.Call(call), &realtime.Options{Reconnect: &realtime.Reconnect{}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for e, err := range s.Events(ctx) {
		if _, malformed := errors.AsType[*api.DecodeError](err); malformed {
			out.remark("%v", err)
			continue
		}
		if err != nil {
			return err
		}
		if err := t.show(out, time.Since(began), e); err != nil {
			return err
		}
	}
	return nil
}

func (t *tailing) show(out *output, at time.Duration, e api.ServerEvent) error {
	if t.events {
		event, err := json.Marshal(e)
		if err != nil {
			event = nil // An event of this module, such as a reconnection.
		}
		return printEvent(out, at, "in", e.EventType(), event, 1)
	}
	c, ok := captionOf(at, e)
	if !ok {
		return nil
	}
	return out.show(c, "%s", c)
}
