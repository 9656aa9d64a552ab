package realtimetest_test

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is a WebSocket client without logic of the protocol.
type client struct {
	t  *testing.T
	ws *websocket.Conn
}

// start returns a client of a new server, after session.created.
func start(t *testing.T, cfg *realtimetest.Config) (*client, *realtimetest.Server) {
	t.Helper()
	srv := realtimetest.New(cfg)
	t.Cleanup(srv.Close)
	c := dial(t, srv, "?model=gpt-realtime", bearer("key"))
	require.Equal(t, "session.created", c.read().EventType())
	return c, srv
}

func bearer(key string) http.Header { return http.Header{"Authorization": {"Bearer " + key}} }

func dial(t *testing.T, srv *realtimetest.Server, query string, header http.Header, protocols ...string) *client {
	t.Helper()
	d := websocket.Dialer{NetDialContext: srv.DialContext, Subprotocols: protocols}
	ws, res, err := d.DialContext(t.Context(), strings.Replace(srv.URL, "http", "ws", 1)+"/realtime"+query, header)
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, res.StatusCode)
	t.Cleanup(func() { ws.Close() })
	return &client{t: t, ws: ws}
}

func (c *client) send(frames ...string) {
	c.t.Helper()
	for _, f := range frames {
		require.NoError(c.t, c.ws.WriteMessage(websocket.TextMessage, []byte(f)))
	}
}

func (c *client) sendEvent(e api.ClientEvent) {
	c.t.Helper()
	data, err := e.AppendJSON(nil)
	require.NoError(c.t, err)
	c.send(string(data))
}

// appendAudio sends sound in pieces of 100 ms of 24 kHz PCM16.
func (c *client) appendAudio(sound []byte) {
	c.t.Helper()
	for len(sound) > 0 {
		n := min(len(sound), 4800)
		c.sendEvent(&api.InputAudioBufferAppend{Audio: sound[:n]})
		sound = sound[n:]
	}
}

func (c *client) read() api.ServerEvent {
	c.t.Helper()
	require.NoError(c.t, c.ws.SetReadDeadline(time.Now().Add(20*time.Second)))
	_, data, err := c.ws.ReadMessage()
	require.NoError(c.t, err)
	e, err := api.DecodeServerEvent(data)
	require.NoError(c.t, err)
	require.NoError(c.t, e.Validate())
	require.NotContains(c.t, e.EventType(), "unknown")
	return e
}

// until reads events up to the first whose summary is last.
func (c *client) until(last string) []api.ServerEvent {
	c.t.Helper()
	var events []api.ServerEvent
	for {
		e := c.read()
		events = append(events, e)
		if summary(e) == last {
			return events
		}
	}
}

// quiet checks that the server sends nothing more.
func (c *client) quiet() {
	c.t.Helper()
	c.send(`{"type":"input_audio_buffer.clear"}`)
	require.Equal(c.t, "input_audio_buffer.cleared", summary(c.read()))
}

// summary returns an event's name, with the outcome if it has one.
func summary(e api.ServerEvent) string {
	switch e := e.(type) {
	case *api.ErrorEvent:
		code, _ := e.Error.Code.Get()
		param, _ := e.Error.Param.Get()
		id, _ := e.Error.EventID.Get()
		return strings.Join(strings.Fields("error "+code+" "+param+" "+id), " ")
	case *api.ResponseDone:
		s := "response.done " + string(e.Response.Status)
		if d, ok := e.Response.StatusDetails.Get(); ok && d.Reason != nil {
			s += " " + string(*d.Reason)
		}
		return s
	default:
		return e.EventType()
	}
}

// summaries returns the summaries of events; equal neighbours are one.
func summaries(events []api.ServerEvent) []string {
	var out []string
	for _, e := range events {
		if s := summary(e); len(out) == 0 || out[len(out)-1] != s {
			out = append(out, s)
		}
	}
	return out
}

// expect reads the events of want and compares their summaries.
func (c *client) expect(want ...string) []api.ServerEvent {
	c.t.Helper()
	var events []api.ServerEvent
	for {
		events = append(events, c.read())
		got := summaries(events)
		if len(got) > len(want) || got[len(got)-1] != want[len(got)-1] {
			require.Equal(c.t, want, got)
		}
		if len(got) == len(want) {
			return events
		}
	}
}

// first returns the first event of its type.
func first[E api.ServerEvent](t *testing.T, events []api.ServerEvent) E {
	t.Helper()
	for _, e := range events {
		if e, ok := e.(E); ok {
			return e
		}
	}
	require.Failf(t, "no such event", "%T in %v", *new(E), summaries(events))
	return *new(E)
}

// as returns v as a T.
func as[T any](t *testing.T, v any) T {
	t.Helper()
	got, ok := v.(T)
	require.True(t, ok, "%T", v)
	return got
}

func all[E api.ServerEvent](events []api.ServerEvent) []E {
	var out []E
	for _, e := range events {
		if e, ok := e.(E); ok {
			out = append(out, e)
		}
	}
	return out
}

// sampleOf reads one of the demo's recordings.
func sampleOf(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open("../examples/demo/recordings/" + name + ".wav")
	require.NoError(t, err)
	defer f.Close()
	wav, err := audio.ReadWAV(f, nil)
	require.NoError(t, err)
	sound, err := io.ReadAll(audio.Convert(wav, audio.PCM24k))
	require.NoError(t, err)
	return sound
}

const (
	userHello = `{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"hello"}]}}`
	respond   = `{"type":"response.create"}`
	textOnly  = `{"type":"session.update","session":{"type":"realtime","output_modalities":["text"]}}`
)

// textResponse holds the events of a response with one text message.
var textResponse = []string{
	"response.created", "response.output_item.added", "conversation.item.added", "response.content_part.added",
	"response.output_text.delta", "response.output_text.done", "response.content_part.done",
	"response.output_item.done", "conversation.item.done", "response.done completed", "rate_limits.updated",
}

func TestHarnessCollapsesRuns(t *testing.T) {
	t.Parallel()
	delta := &api.ResponseOutputTextDelta{}
	assert.Equal(t, []string{"response.output_text.delta"}, summaries([]api.ServerEvent{delta, delta}))
}
