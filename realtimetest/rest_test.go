package realtimetest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// rest is a client of a server's REST API.
type rest struct {
	t    *testing.T
	srv  *realtimetest.Server
	http *http.Client
}

func newREST(t *testing.T, cfg *realtimetest.Config) *rest {
	t.Helper()
	srv := realtimetest.New(cfg)
	transport := &http.Transport{DialContext: srv.DialContext}
	t.Cleanup(srv.Close)
	t.Cleanup(transport.CloseIdleConnections)
	return &rest{t: t, srv: srv, http: &http.Client{Transport: transport}}
}

// post returns the status, the body, and the header of the answer.
func (r *rest) post(key, path, kind, body string) (int, string, http.Header) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.srv.URL+path, strings.NewReader(body))
	require.NoError(r.t, err)
	req.Header.Set("Content-Type", kind)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := r.http.Do(req)
	require.NoError(r.t, err)
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	return res.StatusCode, string(data), res.Header
}

// dial opens a socket and returns its first event's type, session and model.
func (r *rest) dial(key, query string) (*websocket.Conn, *http.Response, error) {
	r.t.Helper()
	d := websocket.Dialer{NetDialContext: r.srv.DialContext}
	u := "ws" + strings.TrimPrefix(r.srv.URL, "http") + "/realtime" + query
	return d.DialContext(r.t.Context(), u, http.Header{"Authorization": {"Bearer " + key}})
}

const jsonKind = "application/json"

func TestRESTChecksRequests(t *testing.T) {
	t.Parallel()
	r := newREST(t, &realtimetest.Config{Models: func(m string) error {
		if m == "none" {
			return io.ErrUnexpectedEOF
		}
		return nil
	}})
	tests := map[string]struct {
		key, path, kind, body string
		status                int
		code, param           string
	}{
		"no key":            {"", "/realtime/client_secrets", jsonKind, "{}", 401, "invalid_api_key", ""},
		"no JSON":           {"k", "/realtime/client_secrets", jsonKind, "{", 400, "invalid_json", ""},
		"content type":      {"k", "/realtime/client_secrets", "text/plain", "{}", 415, "unsupported_media_type", ""},
		"unknown member":    {"k", "/realtime/client_secrets", jsonKind, `{"x":1}`, 400, "unknown_parameter", "x"},
		"unknown in depth":  {"k", "/realtime/client_secrets", jsonKind, `{"session":{"type":"realtime","voice":"x"}}`, 400, "unknown_parameter", "session.voice"},
		"out of bounds":     {"k", "/realtime/client_secrets", jsonKind, `{"expires_after":{"anchor":"created_at","seconds":5}}`, 400, "invalid_value", "expires_after.seconds"},
		"model":             {"k", "/realtime/client_secrets", jsonKind, `{"session":{"type":"realtime","model":"none"}}`, 400, "model_not_found", "session.model"},
		"translation model": {"k", "/realtime/translations/client_secrets", jsonKind, `{"session":{}}`, 400, "invalid_value", "session.model"},
		"beta path":         {"k", "/realtime/sessions", jsonKind, "{}", 404, "unknown_url", ""},
		"unknown call":      {"k", "/realtime/calls/rtc_x/hangup", "", "", 404, "call_id_not_found", "call_id"},
		"SDP":               {"k", "/realtime/calls", "application/sdp", "hello", 400, "invalid_value", "sdp"},
		"no model":          {"k", "/realtime/calls", "application/sdp", "v=0", 400, "missing_model", "session.model"},
		"call content type": {"k", "/realtime/calls", jsonKind, "{}", 415, "unsupported_media_type", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, body, header := r.post(test.key, test.path, test.kind, test.body)
			assert.Equal(t, test.status, status)
			assert.NotEmpty(t, header.Get("X-Request-Id"))
			var e api.ErrorResponse
			require.NoError(t, json.Unmarshal([]byte(body), &e))
			code, _ := e.Error.Code.Get()
			param, _ := e.Error.Param.Get()
			assert.Equal(t, [2]string{test.code, test.param}, [2]string{code, param}, body)
		})
	}
}

func TestSecretsWorkOnTheSocket(t *testing.T) {
	t.Parallel()
	now := make(chan time.Time, 1)
	now <- time.Unix(1_800_000_000, 0)
	clock := &settableClock{now: now}
	r := newREST(t, &realtimetest.Config{Clock: clock, Credentials: func(c realtimetest.Credential) error {
		if c.Key != "sk-real" {
			return io.ErrNoProgress
		}
		return nil
	}})
	const request = `{"expires_after":{"anchor":"created_at","seconds":60},"session":{"type":"realtime","model":"m-1","instructions":"Sing."}}`
	status, _, _ := r.post("sk-false", "/realtime/client_secrets", jsonKind, request)
	assert.Equal(t, 401, status)
	status, body, _ := r.post("sk-real", "/realtime/client_secrets", jsonKind, request)
	require.Equal(t, 200, status, body)
	var secret api.ClientSecret
	require.NoError(t, json.Unmarshal([]byte(body), &secret))
	assert.Equal(t, int64(1_800_000_060), secret.ExpiresAt)
	full, ok := secret.Session.(*api.RealtimeSession)
	require.True(t, ok)
	assert.Equal(t, "Sing.", *full.Instructions)

	first := func(key, query string) (string, *api.RealtimeSession) {
		ws, _, err := r.dial(key, query)
		require.NoError(t, err)
		defer func() { _ = ws.Close() }()
		_, data, err := ws.ReadMessage()
		require.NoError(t, err)
		e, err := api.DecodeServerEvent(data)
		require.NoError(t, err)
		created, ok := e.(*api.SessionCreated)
		if !ok {
			return e.EventType(), nil
		}
		session, _ := created.Session.(*api.RealtimeSession)
		return e.EventType(), session
	}
	kind, session := first(secret.Value, "")
	require.Equal(t, "session.created", kind)
	assert.Equal(t, "Sing.", *session.Instructions)
	assert.Equal(t, api.Model("m-1"), session.Model)

	clock.set(time.Unix(1_800_000_060, 0))
	kind, _ = first(secret.Value, "?model=m-1")
	assert.Equal(t, "error", kind, "it has expired")

	status, body, _ = r.post("sk-real", "/realtime/client_secrets", jsonKind, `{"session":{"type":"transcription"}}`)
	require.Equal(t, 200, status)
	require.NoError(t, json.Unmarshal([]byte(body), &secret))
	kind, session = first(secret.Value, "")
	assert.Equal(t, "session.created", kind)
	assert.Nil(t, session, "it is a transcription session")
}

// settableClock changes only when it is set. Its timers never fire.
type settableClock struct{ now chan time.Time }

func (c *settableClock) Now() time.Time {
	t := <-c.now
	c.now <- t
	return t
}

func (c *settableClock) set(t time.Time) { <-c.now; c.now <- t }

func (*settableClock) AfterFunc(time.Duration, func()) func() bool {
	return func() bool { return true }
}

// webhook is an application that receives webhooks.
func webhook(t *testing.T, status int) (client *http.Client, got chan *http.Request) {
	t.Helper()
	got = make(chan *http.Request, 10)
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		got <- r
		return &http.Response{StatusCode: status, Body: http.NoBody, Request: r}, nil
	})}, got
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestACallGoesThroughItsStates(t *testing.T) {
	t.Parallel()
	r := newREST(t, nil)
	ring := func() *realtimetest.PhoneCall {
		hc, _ := webhook(t, 200)
		c, err := r.srv.Ring(t.Context(), &realtimetest.Ringing{URL: "http://app/hook", Secret: "s", Client: hc})
		require.NoError(t, err)
		return c
	}
	do := func(c *realtimetest.PhoneCall, op, body string) int {
		kind := jsonKind
		if body == "" {
			kind = ""
		}
		status, _, _ := r.post("k", "/realtime/calls/"+url.PathEscape(c.ID())+"/"+op, kind, body)
		return status
	}
	const session, refer = `{"type":"realtime","model":"m"}`, `{"target_uri":"tel:+1"}`

	c := ring()
	assert.Equal(t, 400, do(c, "refer", refer), "not accepted")
	assert.Equal(t, 400, do(c, "hangup", ""), "not accepted")
	assert.Equal(t, 400, do(c, "accept", `{}`), "no type")
	assert.Equal(t, 200, do(c, "accept", session))
	require.NoError(t, c.Answered(t.Context()))
	assert.Equal(t, 400, do(c, "accept", session), "twice")
	assert.Equal(t, 400, do(c, "reject", ""), "too late")
	assert.Equal(t, 400, do(c, "refer", `{"target_uri":"mailto:x"}`))
	assert.Equal(t, 200, do(c, "hangup", ""))
	assert.Equal(t, 404, do(c, "hangup", ""), "twice")
	assert.Equal(t, 404, do(c, "refer", refer), "after its end")
	end, err := c.Ended(t.Context())
	require.NoError(t, err)
	assert.Equal(t, realtimetest.End{By: realtimetest.EndHangup}, end)

	c = ring()
	assert.Equal(t, 200, do(c, "reject", `{"status_code":486}`))
	end, _ = c.Ended(t.Context())
	assert.Equal(t, realtimetest.End{By: realtimetest.EndRejected, Code: 486}, end)
	require.ErrorIs(t, c.Answered(t.Context()), realtimetest.ErrEnded)
	assert.Equal(t, 404, do(c, "accept", session))

	c = ring()
	assert.Equal(t, 200, do(c, "reject", ""))
	end, _ = c.Ended(t.Context())
	assert.Equal(t, 603, end.Code)

	c = ring()
	assert.Equal(t, 200, do(c, "accept", session))
	assert.Equal(t, 200, do(c, "refer", refer))
	end, _ = c.Ended(t.Context())
	assert.Equal(t, realtimetest.End{By: realtimetest.EndReferred, Target: "tel:+1"}, end)

	c = ring()
	r.srv.Close()
	end, _ = c.Ended(t.Context())
	assert.Equal(t, realtimetest.EndServer, end.By)
}

func TestRingDeliversASignedWebhook(t *testing.T) {
	t.Parallel()
	r := newREST(t, nil)
	hc, got := webhook(t, 503)
	_, err := r.srv.Ring(t.Context(), &realtimetest.Ringing{URL: "http://app/hook", Client: hc, Deliveries: 2})
	require.ErrorContains(t, err, "status 503")
	assert.Len(t, got, 2)
	assert.Equal(t, (<-got).Header.Get("Webhook-Id"), (<-got).Header.Get("Webhook-Id"), "delivered again")

	// The test vector of the signature scheme.
	h := realtimetest.SignWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
		time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	assert.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", h.Get("Webhook-Signature"))
}

func TestACallIsHeardOnBothEnds(t *testing.T) {
	t.Parallel()
	r := newREST(t, &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{{Text: "hello"}}}})
	hc, _ := webhook(t, 200)
	call, err := r.srv.Ring(t.Context(), &realtimetest.Ringing{URL: "http://app/hook", Client: hc, NotFound: 1, From: "<tel:+1>"})
	require.NoError(t, err)
	query := "?call_id=" + call.ID()
	refused := func() {
		_, res, err := r.dial("k", query)
		require.Error(t, err)
		assert.Equal(t, 404, res.StatusCode)
		require.NoError(t, res.Body.Close())
	}
	refused() // The call is not accepted.
	status, _, _ := r.post("k", "/realtime/calls/"+call.ID()+"/accept", jsonKind,
		`{"type":"realtime","model":"m","audio":{"input":{"format":{"type":"audio/pcmu"}},"output":{"format":{"type":"audio/pcmu"}}}}`)
	require.Equal(t, 200, status)
	refused() // NotFound of the call.
	ws, _, err := r.dial("k", query)
	require.NoError(t, err)
	defer func() { _ = ws.Close() }()

	require.NoError(t, call.Press(t.Context(), "1#"))
	require.NoError(t, call.Say(t.Context(), realtimetest.Tone(800*time.Millisecond)))
	var types []string
	for len(types) == 0 || types[len(types)-1] != "output_audio_buffer.stopped" {
		_, data, err := ws.ReadMessage()
		require.NoError(t, err)
		e, err := api.DecodeServerEvent(data)
		require.NoError(t, err)
		types = append(types, e.EventType())
	}
	assert.Equal(t, []string{
		"input_audio_buffer.dtmf_event_received", "input_audio_buffer.dtmf_event_received", "input_audio_buffer.speech_started",
	}, types[:3])
	assert.Contains(t, types, "output_audio_buffer.started")
	assert.NotContains(t, types, "response.output_audio.delta", "the sound goes over the line")
	assert.NotEmpty(t, call.Heard())

	call.HangUp()
	for err == nil {
		_, _, err = ws.ReadMessage()
	}
	assert.True(t, websocket.IsCloseError(err, websocket.CloseNormalClosure), "%v", err)
	conn, err := call.Sideband(t.Context())
	require.NoError(t, err)
	<-conn.Done()
	end, err := call.Ended(t.Context())
	require.NoError(t, err)
	assert.Equal(t, realtimetest.EndCaller, end.By)
}

func TestACallIsCreatedOverWebRTC(t *testing.T) {
	t.Parallel()
	r := newREST(t, nil)
	form := func(parts ...string) string { return "--b\r\n" + strings.Join(parts, "\r\n--b\r\n") + "\r\n--b--\r\n" }
	const (
		kind    = "multipart/form-data; boundary=b"
		sdp     = "Content-Disposition: form-data; name=\"sdp\"\r\nContent-Type: application/sdp\r\n\r\nv=0"
		session = "Content-Disposition: form-data; name=\"session\"\r\nContent-Type: application/json\r\n\r\n{\"type\":\"realtime\",\"model\":\"m\"}"
	)
	status, body, header := r.post("k", "/realtime/calls", kind, form(sdp, session))
	require.Equal(t, 201, status, body)
	assert.True(t, strings.HasPrefix(body, "v=0"))
	location := header.Get("Location")
	assert.Regexp(t, `^/v1/realtime/calls/rtc_\d+$`, location)
	call := r.srv.Call(location[strings.LastIndex(location, "/")+1:])
	require.NotNil(t, call)
	assert.Equal(t, api.Model("m"), *call.Session().Model)

	status, _, _ = r.post("k", strings.TrimPrefix(location, "/v1")+"/refer", jsonKind, `{"target_uri":"tel:+1"}`)
	assert.Equal(t, 400, status, "not a SIP call")
	status, _, _ = r.post("k", strings.TrimPrefix(location, "/v1")+"/hangup", "", "")
	assert.Equal(t, 200, status)

	for name, bad := range map[string]string{
		"file": strings.Replace(sdp, `"sdp"`, `"sdp"; filename="x"`, 1),
		"type": strings.Replace(sdp, "application/sdp", "text/plain", 1),
		"name": strings.Replace(sdp, `"sdp"`, `"offer"`, 1),
	} {
		status, _, _ = r.post("k", "/realtime/calls", kind, form(bad, session))
		assert.Equal(t, 400, status, name)
	}

	// A secret with a session needs none beside the offer.
	_, body, _ = r.post("k", "/realtime/client_secrets", jsonKind, `{"session":{"type":"realtime","model":"m2"}}`)
	var secret api.ClientSecret
	require.NoError(t, json.Unmarshal([]byte(body), &secret))
	status, _, _ = r.post(secret.Value, "/realtime/calls", "application/sdp", "v=0\r\n")
	assert.Equal(t, 201, status)
	assert.Len(t, r.srv.Requests(), 8)
}
