package carriers_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/caller"
	"github.com/voicelane/realtime-go/caller/carriers"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/plivo"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/telephony/telnyx"
	"github.com/voicelane/realtime-go/telephony/twilio"
	"github.com/voicelane/realtime-go/telephony/vonage"
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

// handlers are the programs' handlers by carrier, and what the carrier signs with.
func handlers(t *testing.T) map[telephonytest.Kind]struct {
	secret  string
	handler func(telephony.Options) (http.Handler, error)
} {
	t.Helper()
	type program = struct {
		secret  string
		handler func(telephony.Options) (http.Handler, error)
	}
	seed := strings.Repeat("s", ed25519.SeedSize)
	public, ok := ed25519.NewKeyFromSeed([]byte(seed)).Public().(ed25519.PublicKey)
	require.True(t, ok)
	twilios := func(d twilio.Dialect) func(telephony.Options) (http.Handler, error) {
		return func(o telephony.Options) (http.Handler, error) {
			c := &twilio.Config{Options: o, URL: address, Dialect: d}
			if d == twilio.Exotel {
				c.User, c.Password = "user", "password"
			} else {
				c.AuthToken = token
			}
			return twilio.New(c)
		}
	}
	return map[telephonytest.Kind]program{
		telephonytest.Twilio:     {token, twilios(twilio.Twilio)},
		telephonytest.SignalWire: {token, twilios(twilio.SignalWire)},
		telephonytest.Exotel:     {"user:password", twilios(twilio.Exotel)},
		telephonytest.Telnyx: {seed, func(o telephony.Options) (http.Handler, error) {
			return telnyx.New(&telnyx.Config{Options: o, URL: address, PublicKey: base64.StdEncoding.EncodeToString(public)})
		}},
		telephonytest.Plivo: {token, func(o telephony.Options) (http.Handler, error) {
			return plivo.New(&plivo.Config{Options: o, URL: address, AuthToken: token})
		}},
		telephonytest.Vonage: {token, func(o telephony.Options) (http.Handler, error) {
			return vonage.New(&vonage.Config{Options: o, URL: address, SignatureSecret: token})
		}},
	}
}

// TestTheSameFilesOverCarriers runs the scenario files through the protocols of carriers.
func TestTheSameFilesOverCarriers(t *testing.T) {
	t.Parallel()
	for kind, p := range handlers(t) {
		config := telephonytest.Config{URL: address, Secret: p.secret, Network: telephonytest.Network{Latency: 20 * time.Millisecond}}
		files := []string{"booking", "drop", "slow", "desk"}
		if kind == telephonytest.Exotel {
			files = []string{"drop", "slow"} // It plays pieces of 200 ms: what was heard is less exact.
		}
		line := carriers.Line(kind, config, p.handler)
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
