package carriers_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/caller"
	"github.com/voicelane/realtime-go/caller/carriers"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/telephony/twilio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	address = "https://voice.example.com/calls"
	token   = "token"
)

type flight struct {
	To string `json:"to"`
	At string `json:"at,omitempty"`
}

func desk() *agent.Agent {
	search := agent.Func("search_flights", "Finds flights.", func(context.Context, flight) (string, error) { return "07:10", nil })
	search.Filler = "One moment."
	return &agent.Agent{
		Instructions: agent.Text("You book flights."),
		Tools: []agent.Tool{
			search,
			agent.Func("book_flight", "Books a flight.", func(context.Context, flight) (string, error) { return "booked", nil }),
			agent.Func("send_ticket", "Sends the ticket.", func(context.Context, struct{}) (string, error) { return "sent", nil }),
		},
		Session: &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{
			Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModel("gpt-transcribe"))}),
		}}},
	}
}

// TestTheSameFilesOverCarriers runs the scenario files through the protocols of carriers.
func TestTheSameFilesOverCarriers(t *testing.T) {
	t.Parallel()
	for kind, dialect := range map[telephonytest.Kind]twilio.Dialect{
		telephonytest.Twilio: twilio.Twilio, telephonytest.SignalWire: twilio.SignalWire, telephonytest.Exotel: twilio.Exotel,
	} {
		config := telephonytest.Config{URL: address, Secret: token, Network: telephonytest.Network{Latency: 20 * time.Millisecond}}
		user, password := "", ""
		if kind == telephonytest.Exotel {
			config.Secret, user, password = "user:password", "user", "password"
			config.In, config.Out = audio.PCM(8000), audio.PCM(8000)
		}
		line := carriers.Line(kind, config, func(o telephony.Options) (http.Handler, error) {
			return twilio.New(&twilio.Config{Options: o, URL: address, AuthToken: token, Dialect: dialect, User: user, Password: password})
		})
		files := []string{"booking", "drop", "slow", "desk"}
		if kind == telephonytest.Exotel {
			files = []string{"drop", "slow"} // It plays pieces of 200 ms: what was heard is less exact.
		}
		for _, file := range files {
			t.Run(kind.String()+"/"+file, func(t *testing.T) {
				t.Parallel()
				s := caller.Load(t, "../testdata/"+file+".yaml")
				caller.Test(t, s, func(ctx context.Context, c *caller.Call) error { return c.Hold(ctx, desk(), nil) }, &caller.Options{Line: line})
			})
		}
	}
}

func TestAHandlerThatRefuses(t *testing.T) {
	t.Parallel()
	s := &caller.Scenario{Name: "s", Steps: []caller.Step{{Do: caller.HangUp{}}}}
	for name, handler := range map[string]func(telephony.Options) (http.Handler, error){
		"its configuration": func(telephony.Options) (http.Handler, error) { return twilio.New(&twilio.Config{}) },
		"another token": func(o telephony.Options) (http.Handler, error) {
			return twilio.New(&twilio.Config{Options: o, URL: address, AuthToken: "other"})
		},
	} {
		o := &caller.Options{Line: carriers.Line(telephonytest.Twilio, telephonytest.Config{URL: address, Secret: token}, handler)}
		_, err := caller.Run(t.Context(), s, nil, o)
		require.Error(t, err, name)
		assert.NotContains(t, err.Error(), token+"\"")
	}
}
