package main

import (
	"context"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/examples/internal/device"
	"github.com/voicelane/realtime-go/realtimetest"
)

// user simulates the user with recordings: it asks a question, interrupts the answer
// once, and leaves when an answer has been heard to its end.
type user struct {
	mic   *device.Microphone
	leave func(context.Context) error // It hangs up.
	once  sync.Once
}

func (u *user) ask() error {
	question, err := recordings.Read("question")
	u.mic.Say(question)
	return err
}

// onAudio must be called for each delta of an answer.
func (u *user) onAudio() {
	u.once.Do(func() {
		time.AfterFunc(1200*time.Millisecond, func() {
			if interruption, err := recordings.Read("interruption"); err == nil {
				u.mic.Say(interruption)
			}
		})
	})
}

// onTurn must be called when an answer has been heard or was cut.
func (u *user) onTurn(cut bool) {
	if !cut {
		_ = u.leave(context.Background()) // It does not fail.
	}
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
