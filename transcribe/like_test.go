package transcribe_test

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/realtimetest/like"
	"github.com/voicelane/realtime-go/transcribe"
)

// TestTranscribesWithCompatibleServers transcribes with the test server in the manner of
// each server that is known to deviate: a recording with turns that the server finds, one
// without, and one whose connection is lost in the middle.
func TestTranscribesWithCompatibleServers(t *testing.T) {
	t.Parallel()
	for name, s := range like.All() {
		for part, o := range map[string]transcribe.Options{
			"turns":   {},
			"commits": {CommitEvery: 2 * time.Second},
			"drop":    {Session: &realtime.Options{Reconnect: &realtime.Reconnect{}}, Pace: &realtime.Pace{}},
		} {
			t.Run(name+"/"+part, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := realtimetest.New(&realtimetest.Config{Like: s, Script: realtimetest.Script{Heard: []realtimetest.Heard{
						{Text: "one", Delay: time.Second}, {Text: "two"}, {Text: "three"},
					}}})
					defer srv.Close()
					cfg := &realtime.Config{APIKey: "any", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy}
					if s.Basic {
						cfg.APIKey, cfg.Credentials = "", realtime.Static(realtime.Basic("user", "secret"))
					}
					if s.Keyless {
						cfg.APIKey, cfg.Credentials = "", realtime.NoCredential
					}
					client, err := realtime.NewClient(cfg)
					require.NoError(t, err)
					if part == "drop" {
						// In the third turn.
						defer time.AfterFunc(4500*time.Millisecond, func() { srv.Conns()[0].Drop() }).Stop()
					}
					var recording io.Reader = bytes.NewReader(speech(3))
					if s.Name == "Qwen-Omni" { // The line of the documentation.
						recording = &transcribe.Sound{Reader: audio.Convert(audio.NewSource(recording, audio.PCM24k), audio.PCM16k), Rate: 16_000}
					}
					texts, segments := said(t, client, recording, &o)
					switch part {
					case "drop":
						require.NotEmpty(t, srv.Conns(), texts)
						require.Len(t, texts, 3)
						assert.Equal(t, []string{"one", "two"}, texts[:2])
						assert.Len(t, srv.Conns(), 2)
					case "commits":
						assert.Equal(t, []string{"one", "two", "three"}, texts)
						assert.Equal(t, 2*time.Second, segments[1].Start)
						assert.Equal(t, 5*time.Second, segments[2].End)
					default:
						assert.Equal(t, []string{"one", "two", "three"}, texts)
					}
				})
			})
		}
	}
}
