package realtimetest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	rt "github.com/voicelane/realtime-go/realtimetest"
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

		tools, mux := agent.NewTools(), realtime.NewMux() // The agent.
		agent.AddTool(tools, &api.FunctionTool{Name: "weather"}, func(_ context.Context, args struct{ City string }) (any, error) {
			return "sunny in " + args.City, nil
		})
		tools.Attach(mux)
		var said []string
		realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputAudioTranscriptDone) error {
			said = append(said, e.Transcript)
			return nil
		})
		go func() { _ = mux.Run(t.Context(), s) }()

		conn, err := srv.Accept(t.Context())
		require.NoError(t, err)
		speech := append(rt.Tone(time.Second), rt.Silence(time.Second)...)
		require.NoError(t, s.AppendAudio(t.Context(), speech)) // The question makes the agent call its tool.
		output, err := rt.Await[*api.ConversationItemCreate](t.Context(), conn)
		require.NoError(t, err)
		assert.Contains(t, as[*api.FunctionCallOutput](t, output.Item).Output, "sunny in Lisbon")

		_, err = conn.WaitFor(t.Context(), rt.Is(rt.Sent, "response.output_audio.delta"))
		require.NoError(t, err)
		require.NoError(t, s.AppendAudio(t.Context(), speech)) // The interruption makes it stop and answer again.
		time.Sleep(10 * time.Second)
		synctest.Wait()
		assert.Equal(t, []string{"Where ", "It will rain."}, said)
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
