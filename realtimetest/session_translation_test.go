package realtimetest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// translator is a client of a translation session.
type translator struct {
	t  *testing.T
	ws *websocket.Conn
}

func dialTranslation(t *testing.T, cfg *realtimetest.Config, query string) *translator {
	t.Helper()
	srv := realtimetest.New(cfg)
	t.Cleanup(srv.Close)
	d := websocket.Dialer{NetDialContext: srv.DialContext}
	ws, _, err := d.DialContext(t.Context(), strings.Replace(srv.URL, "http", "ws", 1)+"/realtime/translations"+query, bearer("key"))
	require.NoError(t, err)
	t.Cleanup(func() { ws.Close() })
	return &translator{t: t, ws: ws}
}

func (c *translator) send(e api.TranslationClientEvent) {
	c.t.Helper()
	data, err := e.AppendJSON(nil)
	require.NoError(c.t, err)
	require.NoError(c.t, c.ws.WriteMessage(websocket.TextMessage, data))
}

// until reads events up to the first of the type.
func (c *translator) until(wireName string) []api.TranslationServerEvent {
	c.t.Helper()
	require.NoError(c.t, c.ws.SetReadDeadline(time.Now().Add(20*time.Second)))
	var events []api.TranslationServerEvent
	for {
		_, data, err := c.ws.ReadMessage()
		require.NoError(c.t, err)
		e, err := api.DecodeTranslationServerEvent(data)
		require.NoError(c.t, err)
		require.NoError(c.t, e.Validate())
		events = append(events, e)
		if e.EventType() == wireName {
			return events
		}
	}
}

func (c *translator) append(sound []byte) {
	c.t.Helper()
	for len(sound) > 0 {
		n := min(len(sound), 9600)
		c.send(&api.TranslationInputAudioBufferAppend{Audio: sound[:n]})
		sound = sound[n:]
	}
}

func TestTranslationOfTurns(t *testing.T) {
	t.Parallel()
	c := dialTranslation(t, &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{
		{Text: "good morning", Translation: "bom dia", Translated: realtimetest.Tone(500 * time.Millisecond)},
	}}}, "?model=gpt-realtime-translate")
	created, ok := c.until("session.created")[0].(*api.TranslationSessionCreated)
	require.True(t, ok)
	assert.Equal(t, "gpt-realtime-translate", created.Session.Model)
	c.send(&api.TranslationSessionUpdate{Session: api.TranslationSessionChange{Audio: &api.TranslationAudio{
		Input:  &api.TranslationAudioInput{Transcription: api.Value(api.TranslationTranscription{Model: "gpt-4o-transcribe"})},
		Output: &api.TranslationAudioOutput{Language: new("pt")},
	}}})
	c.until("session.updated")
	c.send(&api.TranslationSessionUpdate{Session: api.TranslationSessionChange{Audio: &api.TranslationAudio{
		Input: &api.TranslationAudioInput{NoiseReduction: api.Value(api.NoiseReduction{Type: new(api.NoiseReductionTypeNearField)})},
	}}})
	updated, ok := c.until("session.updated")[0].(*api.TranslationSessionUpdated)
	require.True(t, ok)
	assert.Equal(t, api.TranslationAudio{
		Input: &api.TranslationAudioInput{
			Transcription:  api.Value(api.TranslationTranscription{Model: "gpt-4o-transcribe"}),
			NoiseReduction: api.Value(api.NoiseReduction{Type: new(api.NoiseReductionTypeNearField), Strength: new(1.0)}),
		},
		Output: &api.TranslationAudioOutput{Language: new("pt")},
	}, updated.Session.Audio)
	c.append(append(realtimetest.Tone(time.Second), realtimetest.Silence(time.Second)...))
	c.append(realtimetest.Tone(time.Second)) // Only the close ends the turn.
	c.send(&api.TranslationSessionClose{})
	events := c.until("session.closed")
	var source, target string
	sound, last := 0, 0
	for _, e := range events {
		switch e := e.(type) {
		case *api.TranslationInputTranscriptDelta:
			source += e.Delta
		case *api.TranslationOutputTranscriptDelta:
			target += e.Delta
		case *api.TranslationOutputAudioDelta:
			sound += len(e.Delta)
			at, _ := e.ElapsedMS.Get()
			assert.Zero(t, at%200)
			assert.Greater(t, at, last)
			last = at
		default: // The end.
		}
	}
	assert.True(t, strings.HasPrefix(source, "good morning"), source)
	assert.True(t, strings.HasPrefix(target, "bom dia(pt) Spoken turn 2"), target)
	assert.Greater(t, sound, 24_000)
	c.send(&api.TranslationInputAudioBufferAppend{Audio: make([]byte, 4)})
	e, ok := c.until("error")[0].(*api.ErrorEvent)
	require.True(t, ok)
	assert.Equal(t, api.Value("session_closing"), e.Error.Code)
}

func TestTranslationSecrets(t *testing.T) {
	t.Parallel()
	srv := realtimetest.New(nil)
	t.Cleanup(srv.Close)
	client := &http.Client{Transport: &http.Transport{DialContext: srv.DialContext, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/realtime/translations/client_secrets",
		strings.NewReader(`{"session":{"model":"m","audio":{"output":{"language":"pt"}}}}`))
	require.NoError(t, err)
	req.Header = bearer("key")
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	require.NoError(t, err)
	var secret api.TranslationClientSecret
	require.NoError(t, json.NewDecoder(res.Body).Decode(&secret))
	require.NoError(t, res.Body.Close())
	for query, want := range map[string]string{"?model=m": "session.created", "?model=other": "error"} {
		d := websocket.Dialer{NetDialContext: srv.DialContext}
		ws, _, err := d.DialContext(t.Context(), strings.Replace(srv.URL, "http", "ws", 1)+"/realtime/translations"+query, bearer(secret.Value))
		require.NoError(t, err)
		c := &translator{t: t, ws: ws}
		if e, ok := c.until(want)[0].(*api.TranslationSessionCreated); ok {
			assert.Equal(t, "pt", *e.Session.Audio.Output.Language)
		}
		ws.Close()
	}
}

func TestTranslationErrors(t *testing.T) {
	t.Parallel()
	for query, code := range map[string]string{"": "missing_model", "?model=m&intent=transcription": "invalid_value"} {
		c := dialTranslation(t, nil, query)
		e, ok := c.until("error")[0].(*api.ErrorEvent)
		require.True(t, ok)
		assert.Equal(t, api.Value(code), e.Error.Code)
		_, _, err := c.ws.ReadMessage()
		assert.True(t, websocket.IsCloseError(err, 4000), "%v", err)
	}
	c := dialTranslation(t, nil, "?model=m")
	for frame, want := range map[string]string{
		`{"type":"session.update","event_id":"e","session":{"audio":{"sing":1}}}`: "unknown_parameter",
		`{"type":"response.create"}`:                                  "invalid_value",
		`{"type":"session.input_audio_buffer.append","audio":"AAAA"}`: "invalid_value",
		`{"type":`: "invalid_json",
	} {
		require.NoError(t, c.ws.WriteMessage(websocket.TextMessage, []byte(frame)))
		events := c.until("error")
		e, ok := events[len(events)-1].(*api.ErrorEvent)
		require.True(t, ok)
		assert.Equal(t, api.Value(want), e.Error.Code, frame)
	}
	srv := realtimetest.New(nil)
	t.Cleanup(srv.Close)
	client := &http.Client{Transport: &http.Transport{DialContext: srv.DialContext, DisableKeepAlives: true}}
	res, err := client.Get(srv.URL + "/realtime/translations")
	require.NoError(t, err)
	assert.Equal(t, http.StatusMethodNotAllowed, res.StatusCode)
	require.NoError(t, res.Body.Close())
}
