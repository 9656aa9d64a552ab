package realtimetest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/realtimetest/like"
)

// wireClient reads frames as generic values, since servers deviate from the types.
type wireClient struct {
	t  *testing.T
	ws *websocket.Conn
}

func dialLike(t *testing.T, s *like.Server) *wireClient {
	t.Helper()
	srv := realtimetest.New(&realtimetest.Config{Like: s, Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Said("weather"), Do: []realtimetest.Step{realtimetest.Call{Name: "weather", ID: "call_1"}}},
	}}})
	t.Cleanup(srv.Close)
	header := bearer("k")
	if s.Basic {
		header = http.Header{"Authorization": {"Basic dTpw"}}
	}
	return &wireClient{t: t, ws: dial(t, srv, "?model=m", header).ws}
}

// TestKeys holds which servers take a connection without a key, and that a program may let
// a test server take any.
func TestKeys(t *testing.T) {
	t.Parallel()
	for name, s := range like.All() {
		assert.Equal(t, s.Keyless, connects(t, &realtimetest.Config{Like: s}, realtime.NoCredential), name)
	}
	header := realtime.Static(realtime.HeaderKey("X-Auth-Token", "secret"))
	assert.False(t, connects(t, nil, realtime.NoCredential), "the service")
	assert.False(t, connects(t, nil, header))
	every := &realtimetest.Config{Credentials: func(realtimetest.Credential) error { return nil }}
	assert.True(t, connects(t, every, realtime.NoCredential))
	assert.True(t, connects(t, every, header))
}

// connects reports whether a client with such credentials gets a session.
func connects(t *testing.T, cfg *realtimetest.Config, credentials func(context.Context) (realtime.Credential, error)) bool {
	t.Helper()
	srv := realtimetest.New(cfg)
	t.Cleanup(srv.Close)
	client, err := realtime.NewClient(&realtime.Config{BaseURL: srv.URL, Credentials: credentials, DialContext: srv.DialContext, Proxy: realtime.NoProxy})
	require.NoError(t, err)
	session, err := client.Connect(t.Context(), realtime.Model("m"), nil)
	if err != nil {
		assert.ErrorContains(t, err, "no API key")
		return false
	}
	require.NoError(t, session.Close())
	return true
}

// until sends frames and returns the events up to the first of the type.
func (c *wireClient) until(wireName string, frames ...string) []map[string]any {
	c.t.Helper()
	for _, f := range frames {
		require.NoError(c.t, c.ws.WriteMessage(websocket.TextMessage, []byte(f)))
	}
	var events []map[string]any
	for {
		_, data, err := c.ws.ReadMessage()
		require.NoError(c.t, err)
		var e map[string]any
		require.NoError(c.t, json.Unmarshal(data, &e))
		if events = append(events, e); e["type"] == wireName {
			return events
		}
	}
}

// last returns the last of the events up to the first of the type.
func (c *wireClient) last(wireName string, frames ...string) map[string]any {
	c.t.Helper()
	events := c.until(wireName, frames...)
	return events[len(events)-1]
}

const (
	likeHello    = `{"type":"conversation.item.create","event_id":"mine","item":{"id":"a","type":"message","role":"user","content":[{"type":"input_text","text":"hello"}]}}`
	likeWeather  = `{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"weather"}]}}`
	likeMetadata = `{"type":"response.create","response":{"output_modalities":["text"],"metadata":{"k":"v"}}}`
	likeWrong    = `{"type":"conversation.item.delete","event_id":"mine","item_id":"none"}`
	likeDelete   = `{"type":"conversation.item.delete","item_id":"a"}`
)

// Each case shows the deviations of one server on the wire.
var likeCases = map[string]func(*testing.T, *wireClient){
	"xAI": func(t *testing.T, c *wireClient) {
		t.Helper()
		assert.NotContains(t, c.last("conversation.created"), "session")
		c.until("conversation.item.done", likeHello, likeHello)
		assert.Nil(t, c.last("conversation.item.added", likeWeather)["previous_item_id"])
		assert.Empty(t, c.last("conversation.item.deleted", likeDelete)["item_id"])
		assert.Contains(t, c.last("ping"), "timestamp")
	},
	"LocalAI": func(t *testing.T, c *wireClient) {
		t.Helper()
		assert.NotContains(t, c.last("session.created"), "event_id")
		assert.Nil(t, at(c.last("error", likeWrong), "error", "event_id"))
		c.until("conversation.item.deleted", likeHello, `{"type":"response.cancel"}`, likeDelete)
		assert.Equal(t, "absent", at(c.last("response.created", likeMetadata), "response", "metadata"))
	},
	"speaches": func(t *testing.T, c *wireClient) {
		t.Helper()
		c.until("conversation.item.created", likeHello)
		assert.Nil(t, at(c.last("error", likeMetadata), "error", "event_id"))
		c.until("response.text.done")
	},
	"vLLM": func(t *testing.T, c *wireClient) {
		t.Helper()
		refused := c.last("error", respond)
		assert.IsType(t, "", refused["error"])
		assert.Equal(t, "not_implemented", refused["code"])
	},
	"Hugging Face speech-to-speech": func(t *testing.T, c *wireClient) {
		t.Helper()
		events := c.until("response.done", likeWeather, respond)
		var types []string
		for _, e := range events {
			types = append(types, fmt.Sprint(e["type"]))
		}
		assert.Contains(t, types, "response.function_call_arguments.done")
		assert.NotContains(t, types, "response.output_item.added")
		assert.Nil(t, at(events[len(events)-1], "response", "output"))
	},
	"Qwen-Omni": func(t *testing.T, c *wireClient) {
		t.Helper()
		assert.Equal(t, "pcm16", at(c.last("session.created"), "session", "input_audio_format"))
		frame, err := json.Marshal(map[string]any{"type": "input_audio_buffer.append", "audio": append(realtimetest.Tone(time.Second)[:32_000], make([]byte, 32_000)...)})
		require.NoError(t, err)
		assert.InDelta(t, 1500, c.last("input_audio_buffer.speech_stopped", string(frame))["audio_end_ms"], 50, "at 16 kHz")
		c.until("response.audio.delta")
	},
	"Azure Voice Live": func(t *testing.T, c *wireClient) {
		t.Helper()
		c.until("session.avatar.connecting")
		viseme := c.last("response.animation_viseme.delta", likeHello, respond)
		assert.NotEmpty(t, viseme["response_id"])
		assert.NotEmpty(t, viseme["event_id"])
	},
	"Inworld": func(t *testing.T, c *wireClient) { t.Helper(); c.until("session.created") },
}

func TestLike(t *testing.T) {
	t.Parallel()
	for name, s := range like.All() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, likeCases, name)
			synctest.Test(t, func(t *testing.T) { likeCases[name](t, dialLike(t, s)) })
		})
	}
}

func TestBasicIsForServersThatTakeIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		like   *like.Server
		header string
	}{"bearer at Inworld": {like.Inworld(), "Bearer k"}, "basic at the service": {nil, "Basic dTpw"}} {
		srv := realtimetest.New(&realtimetest.Config{Like: c.like})
		t.Cleanup(srv.Close)
		refused := dial(t, srv, "?model=m", http.Header{"Authorization": {c.header}})
		assert.Equal(t, "error invalid_api_key", strings.TrimSpace(summary(refused.read())), name)
	}
}
