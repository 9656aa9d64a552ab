package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// start runs the program until it is interrupted, and returns its exit status.
func start(out io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, out); err != nil {
		fmt.Fprintln(os.Stderr, "assistant:", err)
		return 1
	}
	return 0
}

// run talks to the API, or to an in-process server.
func run(ctx context.Context, out io.Writer) error {
	var cfg realtime.Config // The zero value takes key and URL from the environment.
	if os.Getenv("LIVE") != "1" {
		srv, err := newServer()
		if err != nil {
			return err
		}
		defer srv.Close()
		cfg = realtime.Config{APIKey: "no-key-needed", BaseURL: srv.URL, Proxy: realtime.NoProxy, DialContext: srv.DialContext}
	}
	user, err := newUser(ctx)
	if err != nil {
		return err
	}
	defer user.Leave()
	if err := assist(ctx, cfg, user, out); ctx.Err() == nil || !errors.Is(err, ctx.Err()) { // Ctrl-C is no error.
		return err
	}
	return nil
}

// user is a device with a user, who asks a question, interrupts the answer once, and
// leaves when the next answer has been heard to its end.
type user struct {
	*voice.SimLine

	mu          sync.Mutex
	interrupted bool        // guarded by mu
	quiet       time.Time   // guarded by mu; the end of the sound that was played
	leave       *time.Timer // guarded by mu; nil before the interruption
}

const (
	interruptAfter = 1200 * time.Millisecond // of the first answer
	leaveAfter     = time.Second             // of silence after the last one
)

func newUser(ctx context.Context) (*user, error) {
	question, err := recordings.Read("question")
	if err != nil {
		return nil, err
	}
	u := &user{SimLine: voice.NewSimLine(audio.PCM24k, audio.PCM24k)}
	go func() { _ = u.Speak(ctx, question) }() // It ends with the line.
	return u, nil
}

// Play plays a piece of an answer.
func (u *user) Play(ctx context.Context, sound []byte) error {
	u.mu.Lock()
	now := time.Now()
	if u.quiet.Before(now) {
		u.quiet = now
	}
	u.quiet = u.quiet.Add(audio.PCM24k.Duration(len(sound)))
	switch {
	case !u.interrupted:
		u.interrupted = true
		time.AfterFunc(interruptAfter, u.interrupt)
	case u.leave != nil:
		u.leave.Reset(u.quiet.Add(leaveAfter).Sub(now))
	}
	u.mu.Unlock()
	return u.SimLine.Play(ctx, sound)
}

func (u *user) interrupt() {
	if interruption, err := recordings.Read("interruption"); err == nil {
		_ = u.Speak(context.Background(), interruption) // It ends with the line.
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.leave = time.AfterFunc(time.Minute, u.Leave)
}

// newServer returns the server that replaces the API without LIVE=1.
func newServer() (*realtimetest.Server, error) {
	sounds := map[string][]byte{}
	for _, name := range []string{"question", "interruption", "answer", "answer-tomorrow"} {
		sound, err := recordings.Read(name)
		if err != nil {
			return nil, err
		}
		sounds[name] = sound
	}
	return realtimetest.New(&realtimetest.Config{
		Pace: 1.5, // The API sends audio somewhat faster than real time.
		Script: realtimetest.Script{
			Heard: []realtimetest.Heard{
				{Recording: sounds["question"], Text: "What will the weather be like in Lisbon on Saturday?"},
				{Recording: sounds["interruption"], Text: "Wait, and tomorrow?"},
			},
			Rules: []realtimetest.Rule{
				{When: realtimetest.Returned("get_weather"), Do: []realtimetest.Step{
					realtimetest.Say{Text: "On Saturday Lisbon will be sunny and warm, with a light breeze from the sea.", Audio: sounds["answer"]},
				}},
				{When: realtimetest.Said("tomorrow"), Do: []realtimetest.Step{
					realtimetest.Say{Text: "Tomorrow it will rain until noon.", Audio: sounds["answer-tomorrow"]},
				}},
				{When: realtimetest.Said("weather"), Do: []realtimetest.Step{
					realtimetest.Call{Name: "get_weather", Arguments: `{"location":"Lisbon"}`},
				}},
			},
		},
	}), nil
}
