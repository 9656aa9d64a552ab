package twilio_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/telephony/twilio"
	"github.com/voicelane/realtime-go/voice"
)

// TestGuideOfThePhone does what docs/guide/phone.md shows: a tool that transfers the caller,
// and a caller who is silent twice and hung up on.
func TestGuideOfThePhone(t *testing.T) {
	t.Parallel()
	t.Run("transfer", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			call := guideCall(t, []realtimetest.Heard{{Text: "I want a person."}})
			time.Sleep(3 * time.Second) // The greeting.
			require.NoError(t, call.Speak(t.Context(), audio.ULaw.AppendTone(nil, 300, time.Second, 0.5)))
			<-call.Ended()
			assert.Equal(t, "+15550123", call.Transferred())
			assert.Empty(t, call.Faults())
		})
	})
	t.Run("silence", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			call := guideCall(t, nil)
			<-call.Ended()
			assert.Empty(t, call.Transferred())
			assert.Equal(t, telephonytest.Program, call.By())
			assert.Greater(t, time.Since(began), 16*time.Second, "two silences of 8 s")
			assert.Less(t, time.Since(began), 40*time.Second)
			assert.Empty(t, call.Faults())
		})
	})
}

// guideCall calls a number that is answered as in the guide.
func guideCall(t *testing.T, heard []realtimetest.Heard) *telephonytest.Call {
	t.Helper()
	const url, token = "https://voice.example.com/twilio", "auth token"
	srv := realtimetest.New(&realtimetest.Config{Pace: 4, Script: realtimetest.Script{
		Heard: heard,
		Rules: []realtimetest.Rule{
			{When: realtimetest.Said("person"), Do: []realtimetest.Step{realtimetest.Call{Name: "transfer", Arguments: "{}"}}},
			{Do: []realtimetest.Step{realtimetest.Say{Text: "Are you still there?"}}},
		},
	}})
	t.Cleanup(srv.Close)
	client, err := realtime.NewClient(&realtime.Config{BaseURL: srv.URL, APIKey: "any", DialContext: srv.DialContext})
	require.NoError(t, err)
	carrier := telephonytest.New(telephonytest.Twilio, &telephonytest.Config{URL: url, Secret: token})
	t.Cleanup(carrier.Close)
	phone, err := twilio.New(&twilio.Config{URL: url, AuthToken: token, AccountSID: "AC0123", Options: telephony.Options{
		Client: carrier.Client(),
		Call:   func(ctx context.Context, line *telephony.Line) error { return guideAnswer(ctx, client, line) },
	}})
	require.NoError(t, err)
	carrier.Serve(phone)
	call, err := carrier.Call(t.Context(), "+15550100", "+15550199")
	require.NoError(t, err)
	return call
}

func guideAnswer(ctx context.Context, client *realtime.Client, line *telephony.Line) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	session, err := client.Connect(ctx, realtime.Model("gpt-realtime-2.1"), nil)
	if err != nil {
		return err
	}
	silences := make(chan struct{}, 2)
	mux := realtime.NewMux()
	realtime.On(mux, func(context.Context, *realtime.Session, *api.InputAudioBufferTimeoutTriggered) error {
		select {
		case silences <- struct{}{}:
		default:
		}
		return nil
	})
	transfer := func(ctx context.Context, _ struct{}) (string, error) {
		if err := agent.CallFrom(ctx).Conv.Say(ctx, "One moment."); err != nil {
			return "", err
		}
		return "", line.Transfer(ctx, "+15550123")
	}
	desk := &agent.Agent{
		Instructions: agent.Text("You answer the telephone."),
		Session: &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{
			TurnDetection: &api.ServerVAD{IdleTimeoutMS: api.Value(8000)},
		}}},
		Tools: []agent.Tool{agent.Func("transfer", "Puts the caller through to a person.", transfer)},
	}
	conv, err := agent.Start(ctx, session, desk, &agent.Options{Line: line, Greeting: "Hello.", Bridge: &voice.BridgeOptions{Mux: mux}})
	if err != nil {
		return err
	}
	go func() {
		for range 2 {
			select {
			case <-silences:
			case <-ctx.Done():
				return
			}
		}
		_ = conv.HangUp(ctx, "I cannot hear you. Goodbye.") // The context ends with the call.
	}()
	return conv.Wait(ctx)
}
