package realtimetest_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	rt "github.com/voicelane/realtime-go/realtimetest"
)

// TestGoldensHold holds a conversation again and again, with parallel tools of random
// duration, an interruption at a random time, responses with random metadata, and a
// connection that is lost and restored. The golden form is the same each time.
func TestGoldensHold(t *testing.T) {
	t.Parallel()
	runs := 100
	if testing.Short() || raceEnabled {
		runs = 20
	}
	var want []string
	for range runs {
		var got []string
		synctest.Test(t, func(t *testing.T) { got = tripPlanner(t) })
		if want == nil {
			want = got
		}
		require.Len(t, got, len(want))
		for i := range want {
			require.Equal(t, strings.Split(want[i], "\n"), strings.Split(got[i], "\n"))
		}
	}
	require.Len(t, want, 2)
	assert.Contains(t, want[0], "> conversation.item.truncate ")
	assert.Contains(t, want[0], `"status":"cancelled"`)
	assert.Contains(t, want[0], "Lisbon is sunny.")
	assert.Contains(t, want[0], `"metadata":{"realtime_go_request":"`)
	assert.NotContains(t, want[0], "audio_end_ms")
	assert.Contains(t, want[1], "> conversation.item.create ", "the history is restored")
	assert.Contains(t, want[1], "You said: And back?")
}

// tripPlanner is a conversation with an agent that has three tools. It returns the
// golden forms of its two connections.
func tripPlanner(t *testing.T) []string {
	t.Helper()
	srv := rt.New(&rt.Config{Pace: 1, Script: rt.Script{
		Heard: []rt.Heard{{Text: "Plan a trip."}, {Text: "Stop! How is Lisbon?"}},
		Rules: []rt.Rule{
			{When: rt.Returned("hotel"), Do: []rt.Step{rt.Say{Text: "It is a very long plan.", Audio: rt.Tone(time.Minute)}}},
			{When: rt.Said("plan"), Do: []rt.Step{rt.Call{Name: "flight"}, rt.Call{Name: "hotel"}, rt.Call{Name: "car"}}},
			{When: rt.Said("lisbon"), Do: []rt.Step{rt.Say{Text: "Lisbon is sunny."}}},
		},
	}})
	defer srv.Close()
	client, err := realtime.NewClient(&realtime.Config{APIKey: "any", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy})
	require.NoError(t, err)
	s, err := client.Connect(t.Context(), realtime.Model("m"), &realtime.Options{Reconnect: &realtime.Reconnect{}})
	require.NoError(t, err)
	defer s.Close()
	mux := planner(s)
	go func() { _ = mux.Run(t.Context(), s) }()
	conn, err := srv.Accept(t.Context())
	require.NoError(t, err)

	_, err = s.Update(t.Context(), &api.RealtimeSessionConfig{Instructions: new("Plan trips.")})
	require.NoError(t, err)
	speak(t, s, 2*time.Second)
	_, err = conn.WaitFor(t.Context(), rt.Is(rt.Sent, "response.output_audio.delta"))
	require.NoError(t, err)
	time.Sleep(time.Duration(500+rand.IntN(1000)) * time.Millisecond)
	speak(t, s, 2*time.Second)
	time.Sleep(10 * time.Second)
	ask(t, s, "Summarize.")

	conn.Drop()
	again, err := srv.Accept(t.Context())
	require.NoError(t, err)
	ask(t, s, "And back?")
	time.Sleep(10 * time.Second)
	return []string{string(conn.Transcript().Golden()), string(again.Transcript().Golden())}
}

// planner returns the handlers of the agent. It truncates what was interrupted.
func planner(s *realtime.Session) *realtime.Mux {
	mux := realtime.NewMux()
	var outputs sync.WaitGroup
	realtime.On(mux, func(ctx context.Context, _ *realtime.Session, e *api.ResponseOutputItemDone) error {
		if call, ok := e.Item.(*api.FunctionCall); ok {
			outputs.Go(func() {
				time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
				_, _ = s.Request(ctx, &api.ConversationItemCreate{Item: api.FunctionOutput(call.CallID, call.Name+" booked")})
			})
		}
		return nil
	})
	realtime.On(mux, func(ctx context.Context, _ *realtime.Session, e *api.ResponseDone) error {
		if slices.ContainsFunc(e.Response.Output, func(item api.Item) bool { _, ok := item.(*api.FunctionCall); return ok }) {
			go func() {
				outputs.Wait()
				_ = s.Send(ctx, &api.ResponseCreate{})
			}()
		}
		return nil
	})
	speaking := ""
	realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputAudioDelta) error {
		speaking = e.ItemID
		return nil
	})
	realtime.On(mux, func(ctx context.Context, _ *realtime.Session, _ *api.InputAudioBufferSpeechStarted) error {
		if speaking == "" {
			return nil
		}
		item := speaking
		speaking = ""
		return s.Send(ctx, &api.ConversationItemTruncate{ItemID: item, AudioEndMS: 200 + 20*rand.IntN(10)})
	})
	return mux
}

// speak streams a second of speech, and silence, as a microphone does.
func speak(t *testing.T, s *realtime.Session, d time.Duration) {
	t.Helper()
	sound := append(rt.Tone(d/2), rt.Silence(d/2)...)
	for len(sound) > 0 {
		n := min(len(sound), 960*(1+rand.IntN(3)))
		require.NoError(t, s.AppendAudio(t.Context(), sound[:n]))
		sound = sound[n:]
		time.Sleep(time.Duration(n/48) * time.Millisecond)
	}
}

// ask writes a message, and asks for a response beside what else happens.
func ask(t *testing.T, s *realtime.Session, text string) {
	t.Helper()
	_, err := s.Request(t.Context(), &api.ConversationItemCreate{Item: api.UserText(text)})
	require.NoError(t, err)
	stream, err := s.Respond(t.Context(), nil)
	require.NoError(t, err)
	_, err = stream.Answer(t.Context())
	require.NoError(t, err)
}
