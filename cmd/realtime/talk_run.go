package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/cmd/realtime/internal/device"
	"github.com/voicelane/realtime-go/cmd/realtime/internal/screen"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// run opens the line and holds a conversation over it.
func (t *talking) run(ctx context.Context, out *output, stdin io.Reader) (err error) {
	onScreen := t.onScreen(out, stdin)
	line, end, err := t.line(out, onScreen)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	client, closeClient, err := t.client(out, t.testServer())
	if err != nil {
		return err
	}
	defer closeClient()
	if onScreen {
		return t.onTerminal(ctx, client, line)
	}
	var asks chan string
	if t.text {
		asks = make(chan string)
		go scan(ctx, stdin, asks)
	}
	return t.hold(ctx, client, line, t.printer(out), asks)
}

// testServer configures the server that answers without a key: as fast as one can listen.
func (t *talking) testServer() *realtimetest.Config {
	return &realtimetest.Config{Pace: 1.5, DiscardLog: true}
}

// printer returns a func that prints events: as JSON, in writing the answers alone, and
// otherwise as lines.
func (t *talking) printer(out *output) func(*talkEvent) error {
	return func(e *talkEvent) (err error) {
		switch {
		case out.json:
			return out.value(e)
		case !t.text:
			_, err = io.WriteString(out, e.String())
		case e.Kind == "turn" && e.Text == "" && e.Error != "": // The command ends with that.
		case e.Kind == "turn":
			_, err = fmt.Fprintln(out, e.Text)
		case e.Kind != "saying" && e.Kind != "user" && e.Kind != "session":
			out.remark("%s: %s", e.Kind, e.Text)
		}
		return err
	}
}

// scan sends the lines of the input, and closes the channel at its end.
func scan(ctx context.Context, r io.Reader, lines chan<- string) {
	defer close(lines)
	for s := bufio.NewScanner(r); s.Scan(); {
		if s.Text() == "" {
			continue
		}
		select {
		case lines <- s.Text():
		case <-ctx.Done():
			return
		}
	}
}

// line opens the line, which is nil in writing.
func (t *talking) line(out *output, onScreen bool) (line voice.Line, end func() error, err error) {
	switch {
	case t.text:
		return nil, func() error { return nil }, nil
	case t.in != "":
		file, err := voice.OpenWAV(t.in, t.out, &voice.FileOptions{WAV: audio.WAVOptions{Mix: true}})
		if err != nil {
			return nil, nil, err
		}
		return file, file.Close, nil
	default:
		d, err := device.Open(t.device)
		if err != nil {
			return nil, nil, err
		}
		if !onScreen {
			out.remark("microphone %s, loudspeaker %s; Ctrl-C ends", d.Microphone, d.Loudspeaker)
		}
		return d, func() error { d.Close(); return nil }, nil
	}
}

// hold holds a conversation until it is over, or in writing until asks is closed.
func (t *talking) hold(ctx context.Context, client *realtime.Client, line voice.Line, show func(*talkEvent) error, asks <-chan string) (err error) {
	c, err := t.start(ctx, client, line, show)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, c.close()); err == nil {
			err = c.unanswered // Nothing runs any more that sets it.
		}
	}()
	ended := make(chan error, 1)
	go func() { ended <- c.wait(ctx) }()
	for {
		select {
		case err := <-ended:
			return err
		case text, ok := <-asks:
			if !ok {
				return nil
			}
			if err := c.ask(ctx, text, line == nil); err != nil {
				return err
			}
		}
	}
}

// onTerminal shows the conversation on the screen.
func (t *talking) onTerminal(ctx context.Context, client *realtime.Client, line voice.Line) error {
	o := screen.Options{Title: "realtime · " + t.model, Hint: "write, and press Enter"}
	if t.alone() {
		o.Title = "realtime · a test server without a model, since OPENAI_API_KEY is not set"
	}
	if d, ok := line.(*device.Device); ok {
		o.Levels, o.Hint = d.Levels, "speak, or write and press Enter"
	}
	var last talkEvent
	err := screen.Run(ctx, o, func(ctx context.Context, show func(screen.Event), asks <-chan string) error {
		return t.hold(ctx, client, line, func(e *talkEvent) error {
			if e.Kind == "turn" {
				last = *e
			}
			show(screen.Event(*e))
			return nil
		}, asks)
	})
	if errors.Is(err, screen.ErrInterrupted) {
		err = errInterrupted
	}
	if facts := last.facts(); facts != "" {
		fmt.Fprintln(os.Stdout, facts)
	}
	return err
}
