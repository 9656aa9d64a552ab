package main

import (
	"errors"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/examples/internal/device"
	"github.com/voicelane/realtime-go/realtimetest"
)

// errLeft says that the user has what they wanted.
var errLeft = errors.New("the user has left")

// user is a recorded voice: it asks, interrupts the answer once, and leaves
// when the answer to that has been heard.
type user struct {
	mic   *device.Microphone
	leave func()
	once  sync.Once
}

func (u *user) ask() error {
	question, err := recordings.Read("question")
	u.mic.Say(question)
	return err
}

// hears is called with each piece of an answer.
func (u *user) hears() {
	u.once.Do(func() {
		time.AfterFunc(1200*time.Millisecond, func() {
			if interruption, err := recordings.Read("interruption"); err == nil {
				u.mic.Say(interruption)
			}
		})
	})
}

// answered is called with the end of an answer, and how long it plays on.
func (u *user) answered(remaining time.Duration) { time.AfterFunc(remaining, u.leave) }

// newServer is the model, when the real one is not there.
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
		Pace: 1.5, // The API sends speech a little faster than it plays.
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
