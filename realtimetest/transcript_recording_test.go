package realtimetest_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
)

// lowered returns a transcript of what a recording of it holds at a level.
func lowered(t *testing.T, full *realtimetest.Transcript, keep ...recording.Keep) *realtimetest.Transcript {
	t.Helper()
	var file, less bytes.Buffer
	_, err := full.WriteTo(&file)
	require.NoError(t, err)
	rec, err := recording.Read(bytes.NewReader(file.Bytes()))
	require.NoError(t, err)
	assert.Empty(t, rec.Tail)
	require.NoError(t, recording.Redact(&less, &file, &recording.Options{Keep: keep}))
	tr, err := realtimetest.ReadTranscript(&less)
	require.NoError(t, err)
	return tr
}

// shape returns what a client sees of its server: types, and ids and lengths of sound.
func shape(t *testing.T, entries []realtimetest.Entry) []string {
	t.Helper()
	var all []string
	for _, e := range entries {
		if e.Direction != realtimetest.Sent {
			continue
		}
		line := e.Type
		if d, err := api.DecodeServerEvent(e.Data); err == nil {
			if delta, ok := d.(*api.ResponseOutputAudioDelta); ok {
				line += " " + delta.ItemID + strings.Repeat("+", len(delta.Delta)/4800)
			}
		}
		all = append(all, line)
	}
	return all
}

// TestARecordingWithoutContentIsReplayed holds that a client sees the same events, with
// fillers in place of what the recording does not hold.
func TestARecordingWithoutContentIsReplayed(t *testing.T) {
	t.Parallel()
	original := recorded(t, talkative(), 4800, "evt_mine")
	for _, keep := range [][]recording.Keep{nil, {recording.KeepText, recording.KeepTools}} {
		less := lowered(t, original, keep...)
		again := recorded(t, &realtimetest.Config{Replay: less}, 2400, "evt_again")
		assert.Equal(t, shape(t, original.Entries), shape(t, again.Entries))
		text := string(again.Golden())
		assert.Equal(t, keep != nil, strings.Contains(text, "It is noon."))
	}
}

// TestARecordingWithRunsIsReplayed replays what a tap in production has written.
func TestARecordingWithRunsIsReplayed(t *testing.T) {
	t.Parallel()
	f, err := os.Open(filepath.Join("..", "recording", "testdata", "double-talk.jsonl"))
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	tr, err := realtimetest.ReadTranscript(f)
	require.NoError(t, err)
	assert.Equal(t, "gpt-realtime", tr.Query.Get("model"))
	srv := realtimetest.New(&realtimetest.Config{Replay: tr})
	t.Cleanup(srv.Close)
	c := dial(t, srv, "?model=gpt-realtime", bearer("key"))
	var want []string
	for _, e := range tr.Entries {
		if e.Direction == realtimetest.Received {
			c.send(string(e.Data))
		} else {
			want = append(want, e.Type)
		}
	}
	var got []string
	for range want {
		_, data, err := c.ws.ReadMessage()
		require.NoError(t, err)
		e, err := api.DecodeServerEvent(data)
		require.NoError(t, err)
		got = append(got, e.EventType())
		if d, ok := e.(*api.ResponseOutputAudioDelta); ok {
			assert.Len(t, d.Delta, 800, "100 ms of G.711")
		}
	}
	assert.Equal(t, want, got)
	assert.True(t, slices.Contains(got, "response.output_audio.delta"))
}

func TestTheFormerFormatIsRead(t *testing.T) {
	t.Parallel()
	tr, err := realtimetest.ReadTranscript(strings.NewReader(`{"realtime_transcript":1,"query":"model=m"}
{"at":"0s","server":{"type":"session.created"}}
{"at":"1.5s","client":{"type":"response.create"}}
{"at":"2s","text":{"from":"received","base64":"aGkh"}}
{"close":{"code":1001,"reason":"bye"}}
`))
	require.NoError(t, err)
	assert.Equal(t, "? model=m\n", string(tr.Golden()[:len("? model=m\n")]))
	require.Len(t, tr.Entries, 3)
	assert.Equal(t, "hi!", string(tr.Entries[2].Data))
	assert.Equal(t, 1001, tr.Code)
	var file bytes.Buffer
	_, err = tr.WriteTo(&file)
	require.NoError(t, err)
	again, err := realtimetest.ReadTranscript(&file)
	require.NoError(t, err)
	require.Len(t, again.Entries, 3)
	assert.Equal(t, "hi!", string(again.Entries[2].Data))
	assert.Equal(t, realtimetest.Received, again.Entries[2].Direction)
	assert.Equal(t, tr.Entries[1].At, again.Entries[1].At)
	assert.Equal(t, []any{1001, "bye", "m"}, []any{again.Code, again.Reason, again.Query.Get("model")})
}
