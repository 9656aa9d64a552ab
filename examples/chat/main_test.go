package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/examples/internal/offline"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestChatAnswersLineByLine(t *testing.T) {
	t.Setenv("LIVE", "")
	cfg, end := offline.Config(nil)
	defer end()
	var out bytes.Buffer
	require.NoError(t, chat(t.Context(), cfg, strings.NewReader("Good morning!\nAnd goodbye.\n"), &out))
	assert.Equal(t, "You said: Good morning!\nYou said: And goodbye.\n", out.String())
}

func TestChatHasATool(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Returned("today"), Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
			date, _ := turn.Result("today")
			return []realtimetest.Step{realtimetest.Say{Text: date}}
		}},
		{When: realtimetest.Said("date"), Do: []realtimetest.Step{realtimetest.Call{Name: "today"}}},
	}}})
	defer srv.Close()
	var out bytes.Buffer
	cfg := &realtime.Config{APIKey: "any", BaseURL: srv.URL, Proxy: realtime.NoProxy}
	require.NoError(t, chat(t.Context(), cfg, strings.NewReader("Which date is it?\n"), &out))
	assert.Regexp(t, regexp.MustCompile(`^\d{4}-\d{2}-\d{2}\n$`), out.String())
}

func TestChatStopsWhenAsked(t *testing.T) {
	t.Setenv("LIVE", "")
	cfg, end := offline.Config(nil)
	defer end()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, chat(ctx, cfg, strings.NewReader("Hello?\n"), &bytes.Buffer{}), context.Canceled)
}
