package main

import (
	files "github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/realtimetest"
)

// Transcripts of the recordings.
const (
	questionText     = "What will the weather be like in Lisbon on Saturday?"
	interruptionText = "Wait, and tomorrow?"
	answerText       = "On Saturday Lisbon will be sunny and warm, with a light breeze from the sea."
	tomorrowText     = "Tomorrow it will rain until noon."
)

// recordings is the audio of the conversation, as 24 kHz mono PCM16.
type recordings struct {
	question, interruption []byte // The user's.
	answer, tomorrow       []byte // The model's, for the in-process server.
}

func readRecordings() (*recordings, error) {
	r := &recordings{}
	for name, sound := range map[string]*[]byte{
		"question": &r.question, "interruption": &r.interruption, "answer": &r.answer, "answer-tomorrow": &r.tomorrow,
	} {
		var err error
		if *sound, err = files.Read(name); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// serverConfig configures the in-process server. It recognizes the recordings and, as
// the API does, sends audio somewhat faster than real time.
func serverConfig(r *recordings) *realtimetest.Config {
	return &realtimetest.Config{
		Pace: 1.5,
		Script: realtimetest.Script{
			Heard: []realtimetest.Heard{
				{Recording: r.question, Text: questionText},
				{Recording: r.interruption, Text: interruptionText},
			},
			Rules: []realtimetest.Rule{
				{When: realtimetest.Said("tomorrow"), Do: []realtimetest.Step{
					realtimetest.Wait(thinking), realtimetest.Say{Text: tomorrowText, Audio: r.tomorrow},
				}},
				{When: realtimetest.Said("weather"), Do: []realtimetest.Step{
					realtimetest.Wait(thinking), realtimetest.Say{Text: answerText, Audio: r.answer},
				}},
			},
		},
	}
}
