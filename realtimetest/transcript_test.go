package realtimetest_test

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// talkative is a script with a tool, speech and an error.
func talkative() *realtimetest.Config {
	return &realtimetest.Config{Script: realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "What time is it?"}},
		Rules: []realtimetest.Rule{
			{When: realtimetest.Returned("clock"), Do: []realtimetest.Step{realtimetest.Say{Text: "It is noon."}}},
			{When: realtimetest.Said("time"), Do: []realtimetest.Step{realtimetest.Call{Name: "clock"}}},
		},
	}}
}

// converse holds a conversation that works with any server. Audio is sent in pieces
// of the given length.
func (c *client) converse(piece int, eventID string) {
	c.t.Helper()
	c.send(`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"transcription":{"model":"whisper-1"}}},` +
		`"tools":[{"type":"mcp","server_label":"x","server_url":"https://x.example","authorization":"hush","headers":{"Key":"hush"}}]}}`)
	c.until("mcp_list_tools.failed")
	sound := append(realtimetest.Tone(400*time.Millisecond), realtimetest.Silence(600*time.Millisecond)...)
	for len(sound) > 0 {
		n := min(len(sound), piece)
		c.sendEvent(&api.InputAudioBufferAppend{Audio: sound[:n]})
		sound = sound[n:]
	}
	call := first[*api.ResponseFunctionCallArgumentsDone](c.t, c.until("rate_limits.updated"))
	c.sendEvent(&api.ConversationItemCreate{Item: &api.FunctionCallOutput{CallID: call.CallID, Output: "12:00"}})
	c.until("conversation.item.done") // A recorder records in the order in which it forwards.
	c.send(respond)
	c.until("rate_limits.updated")
	c.send(`{"type":"response.cancel","event_id":"` + eventID + `"}`)
	c.expect("error response_cancel_not_active " + eventID)
	c.ws.Close()
}

// recorded holds a conversation and returns its transcript.
func recorded(t *testing.T, cfg *realtimetest.Config, piece int, eventID string) *realtimetest.Transcript {
	t.Helper()
	c, srv := start(t, cfg)
	c.converse(piece, eventID)
	conn, err := srv.Accept(t.Context())
	require.NoError(t, err)
	<-conn.Done()
	return conn.Transcript()
}

func TestGoldenTranscript(t *testing.T) {
	t.Parallel()
	got := recorded(t, talkative(), 4800, "evt_mine")
	realtimetest.CompareGolden(t, "testdata/conversation.golden", got)
	assert.NotContains(t, string(got.Golden()), "hush")
	other := recorded(t, talkative(), 960, "evt_other")
	assert.Equal(t, string(got.Golden()), string(other.Golden()), "how sound is cut and what ids are called means nothing")
}

// failures is a TB that records its messages.
type failures []string

func (*failures) Helper() {}
func (f *failures) Errorf(format string, args ...any) {
	*f = append(*f, fmt.Sprintf(format, args...))
}
func (f *failures) Fatalf(format string, args ...any) { f.Errorf(format, args...) }

func TestGoldenTellsWhereItDeparts(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.golden")
	tr := recorded(t, talkative(), 4800, "e")
	text := strings.Replace(string(tr.Golden()), "noon", "late", 1)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	var f failures
	realtimetest.CompareGolden(&f, file, tr)
	require.Len(t, f, 1)
	assert.Contains(t, f[0], "It is late.")
	assert.Contains(t, f[0], "It is noon.")
}

func TestTranscriptsAreReplayed(t *testing.T) {
	t.Parallel()
	original := recorded(t, talkative(), 4800, "evt_mine")
	var file bytes.Buffer
	_, err := original.WriteTo(&file)
	require.NoError(t, err)
	assert.NotContains(t, file.String(), "hush")
	read, err := realtimetest.ReadTranscript(&file)
	require.NoError(t, err)
	assert.Equal(t, string(original.Golden()), string(read.Golden()))

	again := recorded(t, &realtimetest.Config{Replay: read}, 2400, "evt_again")
	assert.Equal(t, string(original.Golden()), string(again.Golden()))
}

func TestReplayTellsWhereAClientDeparts(t *testing.T) {
	t.Parallel()
	original := recorded(t, talkative(), 4800, "evt_mine")
	c, srv := start(t, &realtimetest.Config{Replay: original})
	c.send(userHello)
	e := first[*api.ErrorEvent](t, c.until("error replay_mismatch type"))
	assert.Equal(t, "the recording goes on with session.update, but the client sent conversation.item.create", e.Error.Message)
	_, err := c.broken()
	assert.True(t, websocket.IsCloseError(err, 4000), "%v", err)
	dial(t, srv, "?intent=transcription", bearer("key")).expect("error replay_mismatch")
}

func TestRecorder(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(talkative())
	t.Cleanup(srv.Close)
	rec := realtimetest.NewRecorder(srv.URL, nil)
	t.Cleanup(rec.Close)
	ws, _, err := websocket.DefaultDialer.DialContext(t.Context(), strings.Replace(rec.URL, "http", "ws", 1)+"/realtime?model=gpt-realtime&api-key=hush", bearer("hush"))
	require.NoError(t, err)
	c := &client{t: t, ws: ws}
	c.expect("session.created")
	c.converse(4800, "evt_mine")
	conn, err := srv.Accept(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "hush", conn.Credential().Key, "credentials pass through")
	<-conn.Done()
	rec.Close()
	transcripts := rec.Transcripts()
	require.Len(t, transcripts, 1)
	assert.Equal(t, string(conn.Transcript().Golden()), string(transcripts[0].Golden()))
	var file bytes.Buffer
	_, err = transcripts[0].WriteTo(&file)
	require.NoError(t, err)
	assert.NotContains(t, file.String(), "hush")

	_, res, err := websocket.DefaultDialer.DialContext(t.Context(), strings.Replace(rec.URL, "http", "ws", 1)+"/realtime", nil)
	require.Error(t, err, "a recorder that is closed takes nobody")
	assert.Nil(t, res)
}

func TestRecorderPassesOnTheServersClose(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(nil)
	t.Cleanup(srv.Close)
	rec := realtimetest.NewRecorder(srv.URL, nil)
	t.Cleanup(rec.Close)
	ws, _, err := websocket.DefaultDialer.DialContext(t.Context(), strings.Replace(rec.URL, "http", "ws", 1)+"/realtime?model=m", nil)
	require.NoError(t, err)
	c := &client{t: t, ws: ws}
	c.expect("error invalid_api_key")
	_, err = c.broken()
	assert.True(t, websocket.IsCloseError(err, 3000), "%v", err)
	ws.Close()
	rec.Close()
	require.Len(t, rec.Transcripts(), 1)
	assert.Equal(t, 3000, rec.Transcripts()[0].Code)
}

func TestTranscriptErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                   "line 1: this is not a transcript",
		"{}":                                 "line 1: this is not a transcript",
		`{"realtime_transcript":2}`:          "line 1: the version",
		`{"realtime_recording":2}`:           "version 2",
		`{"realtime_recording":1}` + "\n{\n": "line 2",
		`{"realtime_transcript":1}` + "\n{":  "line 2: unexpected EOF",
		`{"realtime_transcript":1}` + "\n" + `{"at":"1s"}`: "line 2: the line has neither",
	} {
		_, err := realtimetest.ReadTranscript(strings.NewReader(text))
		assert.ErrorContains(t, err, want, text)
	}
}

// TestARefusedRequestHasNoResponse replays a request that was refused and another whose
// response repeats its metadata: the response gets those of the second.
func TestARefusedRequestHasNoResponse(t *testing.T) {
	t.Parallel()
	const request = `{"type":"response.create","event_id":%q,"response":{"metadata":{"tag":%q}}}`
	server := func(data string) realtimetest.Entry {
		return realtimetest.Entry{Direction: realtimetest.Sent, Type: typeIn(data), Data: []byte(data)}
	}
	client := func(data string) realtimetest.Entry {
		return realtimetest.Entry{Direction: realtimetest.Received, Type: typeIn(data), Data: []byte(data)}
	}
	c, _ := start(t, &realtimetest.Config{Replay: &realtimetest.Transcript{
		Query: url.Values{"model": {"gpt-realtime"}},
		Entries: []realtimetest.Entry{
			server(`{"type":"session.created","session":{"type":"realtime"}}`),
			client(`{"type":"response.create","event_id":"one"}`),
			server(`{"type":"error","error":{"event_id":"one"}}`),
			client(`{"type":"response.create","event_id":"two"}`),
			server(`{"type":"response.created","response":{"id":"resp_1"}}`),
			server(`{"type":"response.done","response":{"id":"resp_1"}}`),
		},
	}})
	c.send(fmt.Sprintf(request, "three", "first"))
	refused := as[*api.ErrorEvent](t, c.read())
	id, _ := refused.Error.EventID.Get()
	assert.Equal(t, "three", id)
	c.send(fmt.Sprintf(request, "four", "second"))
	as[*api.ResponseCreated](t, c.read())
	done := as[*api.ResponseDone](t, c.read())
	metadata, _ := done.Response.Metadata.Get()
	assert.Equal(t, "second", metadata["tag"])
}

func typeIn(data string) string {
	e, err := api.DecodeServerEvent([]byte(data))
	if err != nil {
		return ""
	}
	return e.EventType()
}
