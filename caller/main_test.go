package caller

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type flight struct {
	To string `json:"to"`
	At string `json:"at,omitempty"`
}

// desk is an agent with three tools.
func desk() *agent.Agent {
	search := agent.Func("search_flights", "Finds flights.", func(context.Context, flight) ([]string, error) {
		return []string{"07:10", "12:00", "20:00"}, nil
	})
	search.Filler = "One moment."
	book := agent.Func("book_flight", "Books a flight.", func(_ context.Context, f flight) (string, error) { return "booked " + f.To, nil })
	send := agent.Func("send_ticket", "Sends the ticket.", func(context.Context, struct{}) (string, error) { return "sent", nil })
	return &agent.Agent{
		Instructions: agent.Text("You book flights."), Tools: []agent.Tool{search, book, send}, Session: transcribed(),
	}
}

// transcribed are settings with transcripts of what the caller says.
func transcribed() *api.RealtimeSessionConfig {
	return &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{
		Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModel("gpt-transcribe"))}),
	}}}
}

// hold is the program of an agent.
func hold(a *agent.Agent) Program {
	return func(ctx context.Context, c *Call) error { return c.Hold(ctx, a, nil) }
}
