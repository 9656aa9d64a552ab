package tap_test

import (
	"bytes"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/tap"
	"github.com/voicelane/realtime-go/voice"
)

// TestARecordingAndItsAgentCountTheSameWait compares the turns of a recording with those of
// the agent, and with the same recording without the agent's lines.
func TestARecordingAndItsAgentCountTheSameWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var file bytes.Buffer
		rec := tap.New(recording.NewWriter(&file, nil))
		srv := realtimetest.New(&realtimetest.Config{Script: answers(spoken(2 * time.Second))})
		t.Cleanup(srv.Close)
		client, err := realtime.NewClient(&realtime.Config{APIKey: key, BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy})
		require.NoError(t, err)
		s, err := client.Connect(t.Context(), realtime.Model("gpt-realtime"), &realtime.Options{PingInterval: -1, Taps: []*realtime.Tap{rec.Session()}})
		require.NoError(t, err)
		line := voice.NewSimLine(audio.ULaw, audio.ULaw)
		conv, err := agent.Start(t.Context(), s, &agent.Agent{Name: "desk"}, &agent.Options{
			Line: line, Bridge: &voice.BridgeOptions{Taps: []*voice.Tap{rec.Line()}},
		})
		require.NoError(t, err)
		watched := make(chan error, 1)
		go func() { watched <- rec.Watch(t.Context(), conv) }()
		time.Sleep(100 * time.Millisecond)
		for range 3 {
			require.NoError(t, line.Speak(t.Context(), tone(time.Second)))
			time.Sleep(5 * time.Second)
		}
		line.Leave()
		_ = conv.Close()
		<-watched //nolint:errcheck // The line has left in the middle of the conversation.
		require.NoError(t, rec.Close())

		r, err := recording.Read(&file)
		require.NoError(t, err)
		marks := bodies[*recording.TurnMark](r)
		waits := func() (all []recording.Micros) {
			for _, x := range r.Timeline().Turns {
				all = append(all, x.Wait)
			}
			return all
		}
		byLine := waits()
		r.Lines = slices.DeleteFunc(r.Lines, func(l recording.Line) bool { _, ok := l.Body.(*recording.TurnMark); return ok })
		byMessages := waits()
		require.Len(t, marks, 3)
		require.Len(t, byLine, 3)
		for i, m := range marks {
			assert.Greater(t, m.FirstHeard, 500*recording.Millisecond, "the silence that ends a turn is part of the wait")
			assert.Equal(t, m.FirstHeard, byLine[i])
			assert.InDelta(t, m.FirstHeard.Seconds(), byMessages[i].Seconds(), 0.06)
		}
	})
}
