package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAssistant(t *testing.T) {
	t.Setenv("LIVE", "")
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), &out))
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Len(t, lines, 6, out.String())
		assert.ElementsMatch(t, []string{
			"you: What will the weather be like in Lisbon on Saturday?",
			"(weather lookup: Lisbon)",
			"(interrupted)",
			lines[indexOf(lines, "assistant: On")],
			"you: Wait, and tomorrow?",
			"assistant: Tomorrow it will rain until noon.",
		}, lines)
		assert.Less(t, indexOf(lines, "(weather lookup"), indexOf(lines, "(interrupted)"))
		assert.Less(t, indexOf(lines, "(interrupted)"), indexOf(lines, "assistant: Tomorrow"))
		assert.NotContains(t, out.String(), "breeze from the sea", "the answer was interrupted")
	})
}

// indexOf returns the index of the first line that starts with text.
func indexOf(lines []string, text string) int {
	for i, line := range lines {
		if strings.HasPrefix(line, text) {
			return i
		}
	}
	return len(lines)
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
		require.NoError(t, assist(t.Context(), cfg, &bytes.Buffer{}))
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
		err := assist(t.Context(), cfg, &bytes.Buffer{})
		e, ok := errors.AsType[*realtime.APIError](err)
		require.True(t, ok, "%v", err)
		assert.True(t, e.IsUnauthorized())
		assert.Equal(t, "unknown key", e.Message)
	})
}
