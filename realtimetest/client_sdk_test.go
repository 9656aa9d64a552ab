package realtimetest_test

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
	rt "github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// TestVoiceAgent is a test as a user writes it: a voice agent with a tool answers a
// question, is interrupted, and loses its connection. Time is that of the bubble.
func TestVoiceAgent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := rt.New(&rt.Config{Pace: 1, Script: rt.Script{
			Heard: []rt.Heard{{Text: "How is the weather in Lisbon?"}, {Text: "And tomorrow?"}},
			Rules: []rt.Rule{
				{When: rt.Returned("weather"), Do: []rt.Step{rt.Say{Text: "Where shall I begin?", Audio: rt.Tone(time.Minute)}}},
				{When: rt.Said("tomorrow"), Do: []rt.Step{rt.Say{Text: "It will rain."}}},
				{When: rt.Said("weather"), Do: []rt.Step{rt.Call{Name: "weather", Arguments: `{"city":"Lisbon"}`}}},
			},
		}})
		defer srv.Close()
		client, err := realtime.NewClient(&realtime.Config{APIKey: "any", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy})
		require.NoError(t, err)
		s, err := client.Connect(t.Context(), realtime.Model(api.ModelGPTRealtime2_1), &realtime.Options{Reconnect: &realtime.Reconnect{}})
		require.NoError(t, err)
		defer s.Close()

		type place struct {
			City string `json:"city"`
		}
		weather := func(_ context.Context, p place) (string, error) { return "sunny in " + p.City, nil }
		line := voice.NewSimLine(audio.PCM24k, audio.PCM24k) // The caller.
		conv, err := agent.Start(t.Context(), s, &agent.Agent{
			Tools: []agent.Tool{agent.Func("weather", "Tells the weather.", weather)},
		}, &agent.Options{Line: line})
		require.NoError(t, err)
		defer conv.Close()
		turns := conv.Turns(t.Context())

		conn, err := srv.Accept(t.Context())
		require.NoError(t, err)
		require.NoError(t, line.Speak(t.Context(), rt.Tone(time.Second))) // The question makes the agent call its tool.
		output, err := rt.Await[*api.ConversationItemCreate](t.Context(), conn)
		require.NoError(t, err)
		assert.Contains(t, as[*api.FunctionCallOutput](t, output.Item).Output, "sunny in Lisbon")

		time.Sleep(5 * time.Second)
		require.NoError(t, line.Speak(t.Context(), rt.Tone(time.Second))) // The interruption makes it stop and answer again.
		var all []*agent.Turn
		for turn, err := range turns {
			require.NoError(t, err)
			if all = append(all, turn); len(all) == 2 {
				break
			}
		}
		assert.Equal(t, "How is the weather in Lisbon?", all[0].User)
		assert.True(t, all[0].Cut)
		assert.Equal(t, "And tomorrow?", all[1].User)
		assert.Equal(t, "It will rain.", all[1].Said)
		assert.Equal(t, api.ResponseStatusCancelled, rt.AllSent[*api.ResponseDone](conn)[1].Response.Status)

		conn.Drop() // It reconnects and restores the conversation.
		again, err := srv.Accept(t.Context())
		require.NoError(t, err)
		_, err = rt.Await(t.Context(), again, func(e *api.ConversationItemCreate) bool {
			_, ok := e.Item.(*api.FunctionCallOutput)
			return ok
		})
		require.NoError(t, err)
	})
}
