package tap_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/tap"
)

// open opens a session with a server.
func open(t *testing.T, cfg *realtimetest.Config, taps ...*realtime.Tap) *realtime.Session {
	t.Helper()
	srv := realtimetest.New(cfg)
	t.Cleanup(srv.Close)
	client, err := realtime.NewClient(&realtime.Config{APIKey: key, BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy})
	require.NoError(t, err)
	s, err := client.Connect(t.Context(), realtime.Model("gpt-realtime"), &realtime.Options{PingInterval: -1, Taps: taps})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	s.Discard()
	return s
}

// askThrice asks for three responses, one of them outside of the conversation and with metadata
// of the program, and returns what the answers said.
func askThrice(t *testing.T, s *realtime.Session) (said []string) {
	t.Helper()
	for _, with := range []*api.ResponseCreate{
		nil,
		{Response: &api.ResponseParams{
			Conversation: new(api.ResponseConversation("none")),
			Metadata:     api.Value(api.Metadata{"topic": "weather"}),
		}},
		nil,
	} {
		require.NoError(t, s.SendText(t.Context(), "How is the weather?"))
		stream, err := s.Respond(t.Context(), with)
		require.NoError(t, err)
		answer, err := stream.Answer(t.Context())
		require.NoError(t, err)
		if with != nil {
			metadata, _ := answer.Response.Metadata.Get()
			assert.Equal(t, "weather", metadata["topic"])
		}
		said = append(said, answer.Text)
	}
	return said
}

var replayed = realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
	{Do: []realtimetest.Step{realtimetest.Say{Text: "Sunny, all day."}}},
}}}

// TestARecordedResponseIsReplayed holds that a program gets its answers from a replay of any
// recording, without a deadline: the tags by which a session knows its responses are new.
func TestARecordedResponseIsReplayed(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string][]recording.Keep{
		"structure": nil,
		"texts":     {recording.KeepText, recording.KeepTools},
		"messages":  {recording.KeepFrames},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var file bytes.Buffer
				rec := tap.New(recording.NewWriter(&file, &recording.Options{Keep: keep}))
				cfg := replayed
				first := open(t, &cfg, rec.Session())
				want := askThrice(t, first)
				require.NoError(t, first.Close())
				require.NoError(t, rec.Close())

				tr, err := realtimetest.ReadTranscript(&file)
				require.NoError(t, err)
				again := askThrice(t, open(t, &realtimetest.Config{Replay: tr}))
				require.Len(t, again, len(want))
				for i := range want {
					if keep != nil {
						assert.Equal(t, want[i], again[i])
					}
					assert.Len(t, again[i], len(want[i]), "a filler has the length of the text")
				}
			})
		})
	}
}

// TestAReplayEndsIfTheClientFallsSilent holds that a client that waits for an answer to
// which another request belongs gets an error that names it.
func TestAReplayEndsIfTheClientFallsSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var file bytes.Buffer
		rec := tap.New(recording.NewWriter(&file, &recording.Options{Keep: []recording.Keep{recording.KeepFrames}}))
		cfg := replayed
		first := open(t, &cfg, rec.Session())
		askThrice(t, first)
		require.NoError(t, first.Close())
		require.NoError(t, rec.Close())
		tr, err := realtimetest.ReadTranscript(&file)
		require.NoError(t, err)

		s := open(t, &realtimetest.Config{Replay: tr})
		begin := time.Now()
		stream, err := s.Respond(t.Context(), nil) // Without the message before it.
		if err == nil {
			_, err = stream.Answer(t.Context())
		}
		require.Error(t, err)
		assert.Less(t, time.Since(begin), time.Minute)
		<-s.Done()
		text := s.Err().Error() + err.Error()
		assert.True(t, strings.Contains(text, "conversation.item.create"), text)
	})
}
