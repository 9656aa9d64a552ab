package proxy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/proxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "sk-proj-abcdef0123456789"

// stand is a proxy before a service, and what it writes.
type stand struct {
	url string // of the proxy
	p   *proxy.Proxy

	mu    sync.Mutex
	files []*bytes.Buffer
	logs  bytes.Buffer
}

func (s *stand) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logs.Write(p)
}

func before(t *testing.T, upstream string, keep ...recording.Keep) *stand {
	t.Helper()
	s := &stand{}
	var err error
	s.p, err = proxy.New(&proxy.Options{
		Upstream: upstream, Recording: &recording.Options{Keep: keep}, Log: slog.New(slog.NewJSONHandler(s, nil)),
		Open: func(_ proxy.Call, o *recording.Options) (*recording.Writer, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			file := &bytes.Buffer{}
			s.files = append(s.files, file)
			return recording.NewWriter(file, o), nil
		},
	})
	require.NoError(t, err)
	srv := httptest.NewServer(s.p)
	t.Cleanup(srv.Close)
	t.Cleanup(s.p.Close)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections) //nolint:errcheck,forcetypeassert // It is one.
	s.url = srv.URL
	return s
}

// recordings closes the proxy and reads what it has recorded.
func (s *stand) recordings(t *testing.T) []*recording.Recording {
	t.Helper()
	s.p.Close()
	var all []*recording.Recording
	for _, f := range s.files {
		rec, err := recording.Read(bytes.NewReader(f.Bytes()))
		require.NoError(t, err)
		require.Nil(t, rec.Tail)
		all = append(all, rec)
	}
	return all
}

// private holds that neither the recordings nor the log have some texts.
func (s *stand) private(t *testing.T, texts ...string) {
	t.Helper()
	s.p.Close()
	for _, x := range texts {
		assert.NotContains(t, s.logs.String(), x)
		for _, f := range s.files {
			assert.NotContains(t, f.String(), x)
		}
	}
}

func (s *stand) dial(t *testing.T, query string, h http.Header, protocols ...string) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	d := websocket.Dialer{Subprotocols: protocols}
	ws, res, err := d.DialContext(t.Context(), "ws"+strings.TrimPrefix(s.url, "http")+"/v1/realtime"+query, h)
	if err == nil {
		t.Cleanup(func() { _ = ws.Close() })
	}
	return ws, res, err
}

func bearer(k string) http.Header { return http.Header{"Authorization": {"Bearer " + k}} }

func origin(srv *realtimetest.Server) string { return strings.TrimSuffix(srv.URL, "/v1") }

// TestACallThroughTheProxy holds a conversation by the SDK and compares the recording with
// the server's own account.
func TestACallThroughTheProxy(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{Do: []realtimetest.Step{realtimetest.Say{Text: "Call +49 151 23456789, Jane.", Audio: realtimetest.Tone(time.Second)}}},
	}}})
	t.Cleanup(srv.Close)
	s := before(t, origin(srv))
	client, err := realtime.NewClient(&realtime.Config{APIKey: key, BaseURL: s.url + "/v1", Proxy: realtime.NoProxy})
	require.NoError(t, err)
	session, err := client.Connect(t.Context(), realtime.Model("gpt-realtime"), nil)
	require.NoError(t, err)
	_, err = session.Update(t.Context(), &api.RealtimeSessionConfig{Instructions: new("You are Jane's.")})
	require.NoError(t, err)
	require.NoError(t, session.AppendAudio(t.Context(), realtimetest.Silence(time.Second)))
	require.NoError(t, session.Send(t.Context(), &api.ResponseCreate{}))
	for e, err := range session.Events(t.Context()) {
		require.NoError(t, err)
		if _, done := e.(*api.ResponseDone); done {
			break
		}
	}
	require.NoError(t, session.Close())
	conn, err := srv.Accept(t.Context())
	require.NoError(t, err)
	<-conn.Done()
	assert.Equal(t, key, conn.Credential().Key, "credentials pass through")
	rec := s.recordings(t)[0]
	s.private(t, key, "151 2345", "23456789", "Jane")
	types := map[recording.Direction][]string{}
	sound := map[recording.Direction]int64{}
	for _, l := range rec.Lines {
		f, ok := l.Body.(*recording.Frame)
		if !ok {
			continue
		}
		sound[f.Direction] += f.AudioMS
		if list := types[f.Direction]; len(list) == 0 || list[len(list)-1] != f.Type {
			types[f.Direction] = append(list, f.Type)
		}
	}
	assert.Equal(t, conn.Types(realtimetest.Received), types[recording.Out])
	assert.Subset(t, types[recording.In], conn.Types(realtimetest.Sent))
	assert.Equal(t, map[recording.Direction]int64{recording.In: 1000, recording.Out: 1000}, sound)
	assert.Equal(t, "gpt-realtime", rec.Header.Session.Model)
	assert.Equal(t, &recording.End{Why: "closed", Code: 1000, Complete: true}, rec.Lines[len(rec.Lines)-1].Body)
}

// TestNoCredentialIsWritten tries each way to present one, at the highest level, with a
// service that repeats it.
func TestNoCredentialIsWritten(t *testing.T) {
	t.Parallel()
	const odd = "0123456789abcdef0123456789abcdef" // Azure's keys have no form of their own.
	up := websocket.Upgrader{Subprotocols: []string{"realtime"}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = ws.Close() }()
		_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"error","error":{"message":"bad key `+odd+`","code":"`+odd+`"}}`))
		_, _, _ = ws.ReadMessage()
	}))
	t.Cleanup(srv.Close)
	for name, c := range map[string]struct {
		query     string
		header    http.Header
		protocols []string
	}{
		"bearer":      {header: bearer(odd)},
		"api-key":     {header: http.Header{"Api-Key": {odd}}},
		"query":       {query: "?model=m&api-key=" + odd},
		"cookie":      {header: http.Header{"Cookie": {"session=" + odd}}},
		"subprotocol": {protocols: []string{"realtime", "openai-insecure-api-key." + odd}},
		"own header":  {header: http.Header{"X-Tenant-Token": {odd}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := before(t, srv.URL, recording.KeepFrames)
			ws, _, err := s.dial(t, c.query, c.header, c.protocols...)
			require.NoError(t, err)
			_, data, err := ws.ReadMessage()
			require.NoError(t, err)
			assert.Contains(t, string(data), odd, "the client gets what the service sends")
			if c.protocols != nil {
				assert.Equal(t, "realtime", ws.Subprotocol())
			}
			_ = ws.Close()
			require.Len(t, s.recordings(t), 1)
			s.private(t, odd)
		})
	}
}

// TestFramesPassAsTheyAre holds kinds, pings, pongs and close frames, in both directions.
func TestFramesPassAsTheyAre(t *testing.T) {
	t.Parallel()
	got := make(chan string, 20)
	var up websocket.Upgrader
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := up.Upgrade(w, r, http.Header{"X-Request-Id": {"req_1"}})
		if err != nil {
			return
		}
		defer func() { _ = ws.Close() }()
		ws.SetPingHandler(func(data string) error {
			got <- "ping " + data
			return ws.WriteControl(websocket.PongMessage, []byte("pong to "+data), time.Now().Add(time.Minute))
		})
		for {
			kind, data, err := ws.ReadMessage()
			if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
				got <- closed.Error()
				return
			}
			if err != nil {
				got <- "broken"
				return
			}
			if string(data) == "close" {
				_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4000, "bad"), time.Now().Add(time.Minute))
				continue
			}
			_ = ws.WriteMessage(kind, data)
		}
	}))
	t.Cleanup(srv.Close)
	s := before(t, srv.URL, recording.KeepFrames)
	ws, res, err := s.dial(t, "", nil)
	require.NoError(t, err)
	assert.Equal(t, "req_1", res.Header.Get("X-Request-Id"))
	ws.SetPongHandler(func(data string) error { got <- data; return nil })
	require.NoError(t, ws.WriteControl(websocket.PingMessage, []byte("hi"), time.Now().Add(time.Minute)))
	for _, kind := range []int{websocket.TextMessage, websocket.BinaryMessage} {
		require.NoError(t, ws.WriteMessage(kind, []byte("\x00\xffno JSON")))
		k, data, err := ws.ReadMessage()
		require.NoError(t, err)
		assert.Equal(t, kind, k)
		assert.Equal(t, "\x00\xffno JSON", string(data))
	}
	assert.Equal(t, "ping hi", <-got)
	assert.Equal(t, "pong to hi", <-got)
	require.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte("close")))
	_, _, err = ws.ReadMessage()
	assert.True(t, websocket.IsCloseError(err, 4000), "%v", err)
	assert.Equal(t, "websocket: close 4000", <-got, "the client's answer")

	for _, c := range []struct {
		end  func(ws *websocket.Conn)
		want string
	}{
		{func(ws *websocket.Conn) {
			_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4321, "mine"), time.Now().Add(time.Minute))
		}, "websocket: close 4321: mine"},
		{func(ws *websocket.Conn) {
			_ = ws.WriteControl(websocket.CloseMessage, nil, time.Now().Add(time.Minute))
		}, "websocket: close 1005 (no status)"},
		{func(ws *websocket.Conn) { _ = ws.NetConn().Close() }, "websocket: close 1006 (abnormal closure): unexpected EOF"},
	} {
		ws, _, err := s.dial(t, "", nil)
		require.NoError(t, err)
		c.end(ws)
		assert.Equal(t, c.want, <-got)
		_ = ws.Close()
	}
	recs := s.recordings(t)
	require.Len(t, recs, 4)
	raw := 0
	for _, l := range recs[0].Lines {
		if f, ok := l.Body.(*recording.Frame); ok && string(f.Raw) == "\x00\xffno JSON" {
			raw++
		}
	}
	assert.Equal(t, 4, raw)
	var ends []recording.End
	for _, rec := range recs {
		end, ok := rec.Lines[len(rec.Lines)-1].Body.(*recording.End)
		require.True(t, ok)
		ends = append(ends, *end)
	}
	assert.Contains(t, ends, recording.End{Why: "server", Code: 4000, Complete: true})
	assert.Contains(t, ends, recording.End{Why: "closed", Code: 4321, Complete: true})
	assert.Contains(t, ends, recording.End{Why: "lost", Code: 1006, Complete: true})
}

func TestARefusedHandshakePasses(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{Faults: []realtimetest.Fault{{Do: realtimetest.Deny{Status: 429, RetryAfter: 7 * time.Second}}}}})
	t.Cleanup(srv.Close)
	s := before(t, origin(srv))
	_, res, err := s.dial(t, "?model=m", bearer(key))
	require.ErrorIs(t, err, websocket.ErrBadHandshake)
	defer func() { _ = res.Body.Close() }()
	assert.Equal(t, http.StatusTooManyRequests, res.StatusCode)
	assert.Equal(t, "7", res.Header.Get("Retry-After"))
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Contains(t, string(body), "rate_limit_exceeded")
	assert.Empty(t, s.recordings(t))
}

func TestRESTPasses(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(nil)
	t.Cleanup(srv.Close)
	s := before(t, origin(srv))
	client, err := realtime.NewClient(&realtime.Config{APIKey: key, BaseURL: s.url + "/v1", Proxy: realtime.NoProxy})
	require.NoError(t, err)
	secret, err := client.CreateClientSecret(t.Context(), nil, nil)
	require.NoError(t, err)
	assert.NotEmpty(t, secret.Value())
	s.private(t, key, secret.Value())

	gone := before(t, "http://127.0.0.1:1")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, gone.url+"/v1/realtime/client_secrets?api-key="+key, strings.NewReader("{}"))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_ = res.Body.Close()
	assert.Equal(t, http.StatusBadGateway, res.StatusCode)
	_, res, err = gone.dial(t, "?api-key="+key, nil)
	require.ErrorIs(t, err, websocket.ErrBadHandshake)
	_ = res.Body.Close()
	assert.Equal(t, http.StatusBadGateway, res.StatusCode)
	gone.private(t, key, "127.0.0.1:1")
	assert.NotEmpty(t, gone.logs.String())
}

func TestTheHeaderSaysWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	var up websocket.Upgrader
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ws, err := up.Upgrade(w, r, nil); err == nil {
			_ = ws.Close()
		}
	}))
	t.Cleanup(srv.Close)
	for address, want := range map[string]recording.SessionInfo{
		"?model=m":              {Kind: "conversation", Model: "m"},
		"?intent=transcription": {Kind: "transcription"},
		"?call_id=rtc_u1_9c65":  {Kind: "call", CallID: "rtc_u1_9c65"},
		"/translations?model=m": {Kind: "translation", Model: "m"},
	} {
		s := before(t, srv.URL, recording.KeepText)
		_, _, err := s.dial(t, address, nil)
		require.NoError(t, err)
		recs := s.recordings(t)
		require.Len(t, recs, 1)
		assert.Equal(t, &want, recs[0].Header.Session, address)
	}
}

func TestClosingEndsConnections(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(nil)
	t.Cleanup(srv.Close)
	s := before(t, origin(srv))
	ws, _, err := s.dial(t, "?model=m", bearer(key))
	require.NoError(t, err)
	_, data, err := ws.ReadMessage()
	require.NoError(t, err)
	var e struct{ Type string }
	require.NoError(t, json.Unmarshal(data, &e))
	assert.Equal(t, "session.created", e.Type)
	rec := s.recordings(t)[0]
	assert.NotNil(t, rec.Lines)
	_, _, err = ws.ReadMessage()
	require.Error(t, err)
	_, res, err := s.dial(t, "?model=m", bearer(key))
	require.Error(t, err)
	_ = res.Body.Close()
	assert.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
}

func TestARecordingThatCannotBeOpenedIsNoReasonToRefuse(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(nil)
	t.Cleanup(srv.Close)
	p, err := proxy.New(&proxy.Options{
		Upstream: origin(srv),
		Open:     func(proxy.Call, *recording.Options) (*recording.Writer, error) { return nil, io.ErrShortWrite },
	})
	require.NoError(t, err)
	web := httptest.NewServer(p)
	t.Cleanup(web.Close)
	t.Cleanup(p.Close)
	client, err := realtime.NewClient(&realtime.Config{APIKey: key, BaseURL: web.URL + "/v1", Proxy: realtime.NoProxy})
	require.NoError(t, err)
	session, err := client.Connect(context.Background(), realtime.Model("m"), nil)
	require.NoError(t, err)
	require.NoError(t, session.Close())
	_, err = proxy.New(&proxy.Options{Upstream: "api.openai.com"})
	require.Error(t, err)
}
