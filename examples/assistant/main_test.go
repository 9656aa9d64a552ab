package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAssistant(t *testing.T) {
	t.Setenv("LIVE", "")
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), &out))
		assert.Regexp(t, `^you: What will the weather be like in Lisbon on Saturday\?
\(get_weather {"location":"Lisbon"}: {"sky":"sunny","celsius":24}\)
assistant: On Saturday Lisbon [a-z ]*
\(interrupted; not heard: [a-z ,]+\)
you: Wait, and tomorrow\?
assistant: Tomorrow it will rain until noon\.
$`, out.String())
	})
}

// TestAssistantTruncatesWhatWasNotHeard holds that the server learns, once, how
// much of the interrupted answer the user has heard.
func TestAssistantTruncatesWhatWasNotHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, err := newServer()
		require.NoError(t, err)
		defer srv.Close()
		cfg := realtime.Config{APIKey: "any", BaseURL: srv.URL, Proxy: realtime.NoProxy, DialContext: srv.DialContext}
		user, err := newUser(t.Context())
		require.NoError(t, err)
		require.NoError(t, assist(t.Context(), cfg, user, &bytes.Buffer{}))
		conn := srv.Conns()[0]
		truncated := realtimetest.AllReceived[*api.ConversationItemTruncate](conn)
		require.Len(t, truncated, 1)
		var answer string
		for _, e := range realtimetest.AllSent[*api.ResponseOutputAudioDelta](conn) {
			answer = e.ItemID
			break
		}
		assert.Equal(t, answer, truncated[0].ItemID)
		assert.InDelta(t, 1200, truncated[0].AudioEndMS, 400, "the user interrupts after 1.2 s")
		confirmed := realtimetest.AllSent[*api.ConversationItemTruncated](conn)
		require.Len(t, confirmed, 1)
		assert.Equal(t, truncated[0].AudioEndMS, confirmed[0].AudioEndMS)
	})
}

func TestAssistantStopsWhenAsked(t *testing.T) {
	t.Setenv("LIVE", "")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		time.AfterFunc(3*time.Second, cancel)
		began := time.Now()
		var out bytes.Buffer
		require.NoError(t, run(ctx, &out))
		assert.Less(t, time.Since(began), 4*time.Second)
	})
}

func TestAssistantTellsWhatWentWrong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{Credentials: func(realtimetest.Credential) error {
			return errors.New("unknown key")
		}})
		defer srv.Close()
		cfg := realtime.Config{APIKey: "no", BaseURL: srv.URL, Proxy: realtime.NoProxy, DialContext: srv.DialContext}
		err := assist(t.Context(), cfg, voice.NewSimLine(audio.PCM24k, audio.PCM24k), &bytes.Buffer{})
		e, ok := errors.AsType[*realtime.APIError](err)
		require.True(t, ok, "%v", err)
		assert.True(t, e.IsUnauthorized())
		assert.Equal(t, "unknown key", e.Message)
	})
}

// TestAssistantIsShort compares with the same program in TypeScript on the vendor's SDK:
// 111 lines, thirteen of them comments.
func TestAssistantIsShort(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	code := regexp.MustCompile(`(?m)^\s*[^/\s].*$`).FindAll(source, -1)
	assert.LessOrEqual(t, len(code), 98)
}
