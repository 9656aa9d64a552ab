package realtimetest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// Tests can compare credentials, but no header, log or print has them.
func TestNoCredentialIsPrinted(t *testing.T) {
	t.Parallel()
	const key = "sk-very-secret"
	r := newREST(t, nil)
	_, _, _ = r.post(key, "/realtime/client_secrets", jsonKind, "{}")
	for name, header := range map[string]http.Header{
		"bearer": bearer(key), "azure": {"Api-Key": {key}},
		"browser": {"Sec-Websocket-Protocol": {"realtime, openai-insecure-api-key." + key}},
	} {
		dial(t, r.srv, "?model=m", header)
		conn, err := r.srv.Accept(t.Context())
		require.NoError(t, err)
		assert.Equal(t, key, conn.Credential().Key, name)
		assert.NotContains(t, fmt.Sprint(conn.Header()), key, name)
		if name == "browser" {
			assert.Equal(t, "realtime", conn.Header().Get("Sec-WebSocket-Protocol"))
		}
	}
	request := r.srv.Requests()[0]
	assert.Equal(t, key, request.Credential.Key)
	assert.Equal(t, jsonKind, request.Header.Get("Content-Type"))
	encoded, err := json.Marshal(request)
	require.NoError(t, err)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("request", "request", request, "credential", request.Credential)
	for _, text := range []string{fmt.Sprintf("%+v", request), fmt.Sprintf("%#v", request.Credential), log.String(), string(encoded)} {
		assert.NotContains(t, text, key)
	}
}

func TestTheLogForgetsTheOldest(t *testing.T) {
	t.Parallel()
	c, srv := start(t, &realtimetest.Config{LogBytes: 64 << 10})
	conn := srv.Conns()[0]
	c.sendEvent(&api.ConversationItemCreate{EventID: new("first"), Item: api.UserText("hello")})
	c.until("conversation.item.done")
	require.Zero(t, conn.Transcript().Forgotten)
	for range 40 {
		c.appendAudio(realtimetest.Silence(100 * time.Millisecond))
	}
	c.send(`{"type":"input_audio_buffer.clear","event_id":"last"}`)
	last, err := realtimetest.Await[*api.InputAudioBufferClear](t.Context(), conn)
	require.NoError(t, err)
	assert.Equal(t, "last", *last.EventID)
	size := 0
	for _, e := range conn.Log() {
		size += len(e.Data)
	}
	assert.Less(t, size, 64<<10)
	assert.Greater(t, size, 50<<10, "the latest frames are kept")
	assert.Empty(t, realtimetest.AllReceived[*api.ConversationItemCreate](conn))

	transcript := conn.Transcript()
	assert.Positive(t, transcript.Forgotten)
	_, err = transcript.WriteTo(&bytes.Buffer{})
	require.ErrorContains(t, err, "Config.LogBytes")
	require.NoError(t, c.ws.Close())
	_, err = conn.WaitFor(t.Context(), realtimetest.Is(realtimetest.Received, "conversation.item.create"))
	require.ErrorIs(t, err, realtimetest.ErrEnded)
}

func TestEndedConnectionsAndRequestsAreForgotten(t *testing.T) {
	t.Parallel()
	r := newREST(t, &realtimetest.Config{LogBytes: 100 << 10})
	for range 20 {
		ws, _, err := r.dial("k", "?model=m")
		require.NoError(t, err)
		require.NoError(t, ws.Close())
		conn, err := r.srv.Accept(t.Context())
		require.NoError(t, err)
		<-conn.Done()
		r.post("k", "/realtime/client_secrets", jsonKind, "{}")
	}
	assert.Eventually(t, func() bool { return len(r.srv.Conns()) <= 6 }, time.Minute, time.Millisecond)
	assert.Less(t, len(r.srv.Requests()), 20)
	assert.NotEmpty(t, r.srv.Requests())
}

// An expired secret is refused as such, also once the server has forgotten its session.
func TestAnExpiredSecretStaysExpired(t *testing.T) {
	t.Parallel()
	r := newREST(t, nil)
	_, body, _ := r.post("k", "/realtime/client_secrets", jsonKind, "{}")
	var secret api.ClientSecret
	require.NoError(t, json.Unmarshal([]byte(body), &secret))
	r.srv.ExpireSecrets()
	status, body, _ := r.post(secret.Value, "/realtime/client_secrets", jsonKind, "{}")
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.Contains(t, body, "has expired")
	status, _, _ = r.post("ek_test_9999", "/realtime/client_secrets", jsonKind, "{}")
	assert.Equal(t, http.StatusOK, status, "a key that this server has not issued")
}
