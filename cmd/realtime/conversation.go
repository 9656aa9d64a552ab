package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/tap"
	"github.com/voicelane/realtime-go/usage"
	"github.com/voicelane/realtime-go/voice"
)

// conversation is one run of the subcommand talk.
type conversation struct {
	conv     *agent.Conversation
	meter    *usage.Meter // nil at a test server, which costs nothing
	recorder *tap.Recorder
	began    time.Time
	watching sync.WaitGroup

	mu sync.Mutex // guards the fields below
	// unanswered is why the last turn without an answer has none, or a greeting was not said.
	unanswered error
	show       func(*talkEvent) error // gets one event after another
	err        error                  // the first error of show
	said       int                    // the letters of the turn that were shown as pieces; negative: are to come, and late
}

// start opens the session and begins the conversation. Events are given to show, one after
// another. A nil line is a conversation in writing.
func (t *talking) start(ctx context.Context, client *realtime.Client, line voice.Line, show func(*talkEvent) error) (*conversation, error) {
	file, err := t.read()
	if err != nil {
		return nil, err
	}
	c := &conversation{began: time.Now(), show: show}
	options := &realtime.Options{Reconnect: &realtime.Reconnect{}}
	bridge := &voice.BridgeOptions{}
	metering := &usage.Options{}
	if t.record != "" {
		w, err := recording.Create(t.record, &recording.Options{Keep: []recording.Keep{recording.KeepText, recording.KeepTools, recording.KeepAudio}})
		if err != nil {
			return nil, err
		}
		c.recorder = tap.New(w)
		metering.OnEntry = c.recorder.Entry
		options.Taps = append(options.Taps, c.recorder.Session())
		bridge.Taps = append(bridge.Taps, c.recorder.Line())
	}
	if !t.alone() {
		c.meter = usage.NewMeter(metering)
		options.Taps = append(options.Taps, c.meter.Tap())
	}
	s, err := client.Connect(ctx, realtime.Model(t.model), options)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	c.emit(&talkEvent{Kind: "session", Text: describe(s)})
	o := &agent.Options{Greeting: file.Greeting}
	if line != nil {
		o.Line, o.Bridge = line, bridge
	}
	if c.conv, err = agent.Start(ctx, s, file.agent(), o); err != nil {
		return nil, errors.Join(err, c.close())
	}
	c.follow(ctx)
	return c, nil
}

func describe(s *realtime.Session) string {
	if current, ok := s.Current().(*api.RealtimeSession); ok {
		return string(current.Model) + ", " + current.ID
	}
	return s.URL()
}

// follow shows what happens until the conversation ends.
func (c *conversation) follow(ctx context.Context) {
	ctx = context.WithoutCancel(ctx) // The last turn comes after the context's end.
	if c.recorder != nil {
		c.watching.Go(func() { _ = c.recorder.Watch(ctx, c.conv) }) // Wait returns the error.
	}
	events, turns := c.conv.Watch(ctx), c.conv.Turns(ctx)
	c.watching.Go(func() {
		for e, err := range events {
			if err == nil {
				c.event(e)
			}
		}
	})
	c.watching.Go(func() {
		for turn, err := range turns {
			if err == nil {
				c.turn(turn)
			}
		}
	})
}

func (c *conversation) event(e agent.Event) {
	switch e := e.(type) {
	case *agent.UserSaid:
		c.emit(&talkEvent{Kind: "user", Text: e.Text})
	case *agent.Saying:
		c.emit(&talkEvent{Kind: "saying", Text: e.Text})
	case *agent.Called:
		c.emit(&talkEvent{Kind: "tool", Text: e.Call.Tool + " " + string(e.Call.Arguments)})
	case *agent.Returned:
		c.emit(&talkEvent{Kind: "output", Text: e.Call.Output})
	case *agent.Reconnected:
		c.emit(&talkEvent{Kind: "lost", Text: "connected again"})
	case *agent.Warning:
		if errors.Is(e.Err, agent.ErrUnanswered) {
			c.fails(e.Err)
		}
		c.emit(&talkEvent{Kind: "warning", Text: e.Err.Error()})
	default: // Interruptions are in the turn.
	}
}

func (c *conversation) turn(t *agent.Turn) {
	e := &talkEvent{Kind: "turn", User: t.User, Text: t.Said, Unheard: t.Unheard, Cut: t.Cut, Wait: seconds(t.FirstHeard)}
	if c.meter != nil {
		if total, err := c.meter.Bill().Total(); err == nil {
			e.Cost = total.String()
		}
	}
	if t.Err != nil {
		e.Error = t.Err.Error()
	}
	if t.Err != nil && t.Err != agent.ErrEnded { //nolint:errorlint // The plain error is an end in good order.
		c.fails(t.Err)
	}
	c.emit(e)
}

// fails notes that an answer has not come: the command ends with that.
func (c *conversation) fails(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unanswered = err
}

// emit shows an event. After an error of show nothing more is shown.
func (c *conversation) emit(e *talkEvent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.At = seconds(time.Since(c.began))
	if c.err == nil && c.inTime(e) {
		c.err = c.show(e)
	}
}

// inTime reports whether an event is to be shown. Pieces of what is said, and turns, come
// from two loops: pieces that are behind their turn are dropped, since it has the whole.
func (c *conversation) inTime(e *talkEvent) bool {
	switch e.Kind {
	case "user":
		c.said = max(0, c.said)
	case "turn":
		c.said = min(0, c.said-letters(e.Text)-letters(e.Unheard))
	case "saying":
		late := c.said < 0
		c.said += letters(e.Text)
		return !late
	}
	return true
}

// letters counts what is no space: turns join their parts by one.
func letters(text string) int { return len(strings.Join(strings.Fields(text), "")) }

// wait waits for the end of the conversation or of ctx.
func (c *conversation) wait(ctx context.Context) error { return c.conv.Wait(ctx) }

// close ends the conversation and its recording, and shows the rest.
func (c *conversation) close() (err error) {
	if c.conv != nil {
		err = c.conv.Close()
		c.watching.Wait()
	}
	if c.recorder != nil {
		err = errors.Join(err, c.recorder.Close())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(err, c.err)
}

// ask says something for the user in writing. With wait it returns once the answer is over.
func (c *conversation) ask(ctx context.Context, text string, wait bool) error {
	answer, err := c.conv.Ask(ctx, text)
	if err != nil || !wait {
		return err
	}
	_, err = answer.Turn(ctx)
	return err
}
