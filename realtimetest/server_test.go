package realtimetest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestCredentials(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header    http.Header
		protocols []string
		want      realtimetest.Credential
	}{
		"bearer":  {bearer("sk-1"), nil, realtimetest.Credential{Key: "sk-1", Scheme: "bearer"}},
		"api-key": {http.Header{"Api-Key": {"az-1"}}, nil, realtimetest.Credential{Key: "az-1", Scheme: "api-key"}},
		"headers": {
			http.Header{"Authorization": {"bearer sk-1"}, "Openai-Organization": {"org-1"}, "Openai-Project": {"proj-1"}},
			nil,
			realtimetest.Credential{Key: "sk-1", Scheme: "bearer", Organization: "org-1", Project: "proj-1"},
		},
		"browser": {
			nil,
			[]string{"realtime", "openai-insecure-api-key.ek_1", "openai-organization.org-1", "openai-project.proj-1"},
			realtimetest.Credential{Key: "ek_1", Scheme: "subprotocol", Organization: "org-1", Project: "proj-1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := realtimetest.New(nil)
			t.Cleanup(srv.Close)
			client := dial(t, srv, "?model=m", c.header, c.protocols...)
			require.Equal(t, "session.created", client.read().EventType())
			conn, err := srv.Accept(t.Context())
			require.NoError(t, err)
			assert.Equal(t, c.want, conn.Credential())
			assert.Equal(t, "m", conn.Query().Get("model"))
			if len(c.protocols) > 0 {
				assert.Equal(t, "realtime", client.ws.Subprotocol())
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	cfg := &realtimetest.Config{
		Credentials: func(c realtimetest.Credential) error {
			if c.Key != "good" {
				return errors.New("wrong key")
			}
			return nil
		},
		Models: func(model string) error {
			if !strings.HasPrefix(model, "gpt-") {
				return errors.New("no such model")
			}
			return nil
		},
	}
	beta := bearer("good")
	beta.Set("OpenAI-Beta", "realtime=v1")
	for name, c := range map[string]struct {
		query  string
		header http.Header
		want   string
		code   int
	}{
		"wrong key":   {"?model=gpt-realtime", bearer("bad"), "error invalid_api_key", 3000},
		"no key":      {"?model=gpt-realtime", nil, "error invalid_api_key", 3000},
		"wrong model": {"?model=whisper", bearer("good"), "error model_not_found model", 4000},
		"no model":    {"", bearer("good"), "error missing_model model", 4000},
		"beta":        {"?model=gpt-realtime", beta, "error beta_api_shape_disabled", 4000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := realtimetest.New(cfg)
			t.Cleanup(srv.Close)
			client := dial(t, srv, c.query, c.header)
			client.expect(c.want)
			_, _, err := client.ws.ReadMessage()
			assert.True(t, websocket.IsCloseError(err, c.code), "%v", err)
		})
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(nil)
	t.Cleanup(srv.Close)
	require.True(t, strings.HasSuffix(srv.URL, "/v1"))
	for path, want := range map[string]int{
		"/realtime?model=x": 101, "/realtime/?model=x": 101, "/../openai/v1/realtime?model=x&api-version=1": 101,
		"/realtimes?model=x": 404, "": 404,
	} {
		ws, res, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(srv.URL, "http")+path, bearer("k"))
		require.NotNil(t, res, "%v", err)
		assert.Equal(t, want, res.StatusCode, path)
		if err == nil {
			require.NoError(t, ws.Close())
		}
	}
}

func TestServerIsAHandler(t *testing.T) {
	t.Parallel()
	srv := realtimetest.New(nil)
	outer := httptest.NewServer(http.StripPrefix("/test", srv))
	t.Cleanup(func() { srv.Close(); outer.Close() })
	ws, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(outer.URL, "http")+"/test/v1/realtime?model=x", bearer("k"))
	require.NoError(t, err)
	defer ws.Close()
	assert.Equal(t, "session.created", (&client{t: t, ws: ws}).read().EventType())
}

func TestSidebandGetsNoSessionCreated(t *testing.T) {
	t.Parallel()
	srv := realtimetest.New(nil)
	t.Cleanup(srv.Close)
	client := dial(t, srv, "?call_id=rtc_1", bearer("k"))
	client.quiet()
	client.send(`{"type":"output_audio_buffer.clear"}`)
	client.expect("output_audio_buffer.cleared")
}

func TestAnUpdateBeforeSessionCreatedIsRead(t *testing.T) {
	t.Parallel()
	srv := realtimetest.New(nil)
	t.Cleanup(srv.Close)
	client := dial(t, srv, "?model=x", bearer("k"))
	client.send(textOnly)
	client.expect("session.created", "session.updated")
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	client, srv := start(t, always(realtimetest.Hang{}))
	client.send(respond)
	client.expect("response.created")
	ended := make(chan error)
	go func() { // A pipe has no buffer: the client must read while the server closes.
		_, _, err := client.ws.ReadMessage()
		ended <- err
	}()
	srv.Close()
	srv.Close()
	err := <-ended
	assert.True(t, websocket.IsCloseError(err, websocket.CloseGoingAway), "%v", err)
	_, err = srv.Accept(t.Context())
	require.NoError(t, err, "a connection that was there stays visible")
	_, err = srv.Accept(t.Context())
	require.Error(t, err)
	_, err = srv.DialContext(t.Context(), "", "")
	require.Error(t, err)
}

func TestConn(t *testing.T) {
	t.Parallel()
	client, srv := start(t, nil)
	conn, err := srv.Accept(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []*realtimetest.Conn{conn}, srv.Conns())

	client.send(`{"type":"input_audio_buffer.clear","event_id":"mine"}`)
	got, err := conn.WaitFor(t.Context(), realtimetest.Is(realtimetest.Received, "input_audio_buffer.clear"))
	require.NoError(t, err)
	event, err := got.ClientEvent()
	require.NoError(t, err)
	assert.Equal(t, "mine", api.ClientEventID(event))
	client.expect("input_audio_buffer.cleared")
	assert.Equal(t, []string{"session.created", "input_audio_buffer.cleared"}, conn.Types(realtimetest.Sent))
	created, err := conn.Log()[0].ServerEvent()
	require.NoError(t, err)
	session := as[*api.RealtimeSession](t, as[*api.SessionCreated](t, created).Session)
	assert.Equal(t, conn.ID(), session.ID)

	conn.Send(&api.MCPListToolsFailed{ItemID: "x"})
	assert.NotEmpty(t, api.ServerEventID(client.expect("mcp_list_tools.failed")[0]))
	conn.SendRaw([]byte("garbage"))
	_, data, err := client.ws.ReadMessage()
	require.NoError(t, err)
	assert.Equal(t, "garbage", string(data))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := func(realtimetest.Entry) bool { return false }
	_, err = conn.WaitFor(ctx, never)
	require.ErrorIs(t, err, context.Canceled)
	_, err = srv.Accept(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, _, closed := conn.Closed()
	assert.False(t, closed)

	message := websocket.FormatCloseMessage(4321, "enough")
	require.NoError(t, client.ws.WriteControl(websocket.CloseMessage, message, time.Now().Add(time.Second)))
	_, err = conn.WaitFor(t.Context(), never)
	require.ErrorIs(t, err, realtimetest.ErrEnded)
	code, reason, closed := conn.Closed()
	assert.True(t, closed)
	assert.Equal(t, 4321, code)
	assert.Equal(t, "enough", reason)
}

func TestEndsFromTheServersSide(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step realtimetest.Step
		code int
	}{
		"closed":  {realtimetest.HangUp{Code: 1011, Reason: "broken"}, 1011},
		"dropped": {realtimetest.HangUp{}, 1006},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _ := start(t, always(c.step))
			client.send(respond)
			client.expect("response.created")
			_, _, err := client.ws.ReadMessage()
			assert.True(t, websocket.IsCloseError(err, c.code), "%v", err)
		})
	}
	client, srv := start(t, nil)
	srv.Conns()[0].Drop()
	_, _, err := client.ws.ReadMessage()
	assert.True(t, websocket.IsCloseError(err, 1006), "%v", err)
	client, srv = start(t, nil)
	srv.Conns()[0].Close(1013, "later")
	_, _, err = client.ws.ReadMessage()
	assert.True(t, websocket.IsCloseError(err, 1013), "%v", err)
	client, srv = start(t, nil)
	srv.Conns()[0].Close(1013, strings.Repeat("é", 70))
	_, _, err = client.ws.ReadMessage()
	assert.Equal(t, &websocket.CloseError{Code: 1013, Text: strings.Repeat("é", 61)}, err, "what a frame holds")
}

func TestWithoutALog(t *testing.T) {
	t.Parallel()
	client, srv := start(t, &realtimetest.Config{DiscardLog: true})
	conn, err := srv.Accept(t.Context())
	require.NoError(t, err)
	client.quiet()
	assert.Empty(t, conn.Log())
	require.NoError(t, client.ws.Close())
	<-conn.Done()
	srv.Close()
	assert.Empty(t, srv.Conns())
}
