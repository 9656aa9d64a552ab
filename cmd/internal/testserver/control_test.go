package testserver

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
)

// request sends a request with a key, and returns the status and the body.
func request(t *testing.T, method, url, kind, body string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer key")
	r.Header.Set("Content-Type", kind)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, data
}

// TestPlacesAnIncomingCall is an application in another language: all it has is the
// address of the program.
func TestPlacesAnIncomingCall(t *testing.T) {
	t.Parallel()
	url, _ := start(t, "-quiet", "-key", "key")
	root := strings.TrimSuffix(url, "/v1")
	const asJSON = "application/json"

	rang := make(chan []byte, 1)
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		assert.NotEmpty(t, r.Header.Get("Webhook-Signature"))
		data, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		rang <- data
	}))
	defer app.Close()
	status, data := request(t, http.MethodPost, root+"/control/calls", asJSON, `{"url":"`+app.URL+`","secret":"s","from":"+15550100"}`)
	require.Equal(t, http.StatusOK, status, "%s", data)
	var call struct{ ID string }
	require.NoError(t, json.Unmarshal(data, &call))
	webhook := string(<-rang)
	assert.Contains(t, webhook, `"realtime.call.incoming"`)
	assert.Contains(t, webhook, call.ID)
	assert.Contains(t, webhook, "+15550100")
	of := root + "/control/calls/" + call.ID
	_, data = request(t, http.MethodGet, of, "", "")
	assert.JSONEq(t, `{"id":"`+call.ID+`","accepted":false,"sidebands":0,"ended":null}`, string(data))

	status, data = request(t, http.MethodPost, url+"/realtime/calls/"+call.ID+"/accept", asJSON, `{"type":"realtime","model":"gpt-realtime"}`)
	require.Equal(t, http.StatusOK, status, "%s", data)
	ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), strings.Replace(url, "http", "ws", 1)+"/realtime?call_id="+call.ID,
		http.Header{"Authorization": {"Bearer key"}})
	require.NoError(t, err)
	defer ws.Close()
	defer resp.Body.Close()
	until := func(wireName string) {
		t.Helper()
		for {
			_, frame, err := ws.ReadMessage()
			require.NoError(t, err)
			if strings.Contains(string(frame), `"type":"`+wireName+`"`) {
				return
			}
		}
	}
	status, data = request(t, http.MethodPost, of+"/say", asJSON, `{"tone":"500ms"}`)
	require.Equal(t, http.StatusOK, status, "%s", data)
	until("response.done")
	status, data = request(t, http.MethodGet, of+"/heard", "", "")
	require.Equal(t, http.StatusOK, status)
	wav, err := audio.ReadWAV(bytes.NewReader(data), nil)
	require.NoError(t, err)
	sound, err := io.ReadAll(wav)
	require.NoError(t, err)
	assert.NotEmpty(t, sound)
	status, data = request(t, http.MethodPost, of+"/say", "audio/wav", string(data))
	require.Equal(t, http.StatusOK, status, "%s", data)
	until("input_audio_buffer.speech_started")
	status, _ = request(t, http.MethodPost, of+"/press", asJSON, `{"keys":"1#"}`)
	require.Equal(t, http.StatusOK, status)
	until("input_audio_buffer.dtmf_event_received")

	status, _ = request(t, http.MethodPost, of+"/hang_up", asJSON, "")
	require.Equal(t, http.StatusOK, status)
	_, data = request(t, http.MethodGet, of, "", "")
	assert.Contains(t, string(data), `"ended":{"by":"caller"}`)
	status, data = request(t, http.MethodPost, root+"/control/calls", asJSON, `{"url":"`+app.URL+`/x"}`)
	require.Equal(t, http.StatusOK, status, "%s", data)
}

func TestTellsWhatIsWrongWithACall(t *testing.T) {
	t.Parallel()
	url, _ := start(t, "-quiet", "-key", "key")
	root := strings.TrimSuffix(url, "/v1")
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer app.Close()
	accepting := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer accepting.Close()
	_, data := request(t, http.MethodPost, root+"/control/calls", "", `{"url":"`+accepting.URL+`"}`)
	var call struct{ ID string }
	require.NoError(t, json.Unmarshal(data, &call))
	_, _ = request(t, http.MethodPost, root+"/control/calls/"+call.ID+"/hang_up", "", "")
	for name, c := range map[string]struct {
		path, body string
		status     int
		want       string
	}{
		"no webhook":     {"", `{}`, http.StatusBadRequest, "a call needs the url of a webhook"},
		"unknown member": {"", `{"uri":"x"}`, http.StatusBadRequest, `unknown field \"uri\"`},
		"refused":        {"", `{"url":"` + app.URL + `","deliveries":1}`, http.StatusBadGateway, "418"},
		"no call":        {"/rtc_none/hang_up", ``, http.StatusNotFound, "there is no such call"},
		"no tone":        {"/" + call.ID + "/say", `{"tone":"loud"}`, http.StatusBadRequest, `is not a duration`},
		"no keys":        {"/" + call.ID + "/press", `{"keys":"E"}`, http.StatusBadRequest, "keys are 0 to 9"},
		"over":           {"/" + call.ID + "/press", `{"keys":"1"}`, http.StatusConflict, "has ended"},
	} {
		status, data := request(t, http.MethodPost, root+"/control/calls"+c.path, "", c.body)
		assert.Equal(t, c.status, status, name)
		assert.Contains(t, string(data), c.want, name)
	}
	resp, err := http.Get(root + "/control/calls/" + call.ID)
	require.NoError(t, err)
	defer resp.Body.Close()
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
}
