package talk

import (
	"context"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
)

// guide returns the agent of the page.
func guide() *agent.Agent {
	return &agent.Agent{
		Instructions: agent.Text("You are a friendly voice on a web page. Answer in one or two sentences. " +
			"Look the weather up with the function before you speak of it."),
		Voice: api.VoiceMarin,
		Tools: []agent.Tool{agent.Func("weather", "Looks up the forecast for a city on a day.", forecast)},
		Session: &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{
			Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
			TurnDetection: &api.ServerVAD{SilenceDurationMS: new(500)},
		}}},
	}
}

type place struct {
	City string `json:"city"`
	Day  string `json:"day"`
}

type weather struct {
	Sky         string `json:"sky"`
	HighCelsius int    `json:"high_celsius"`
	Wind        string `json:"wind"`
}

// forecast makes up a forecast. It runs in the page.
func forecast(context.Context, place) (weather, error) {
	return weather{Sky: "sunny", HighCelsius: 24, Wind: "light"}, nil
}
