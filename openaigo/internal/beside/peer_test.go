package beside

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	vendorsocket "github.com/openai/openai-go/v3/packages/websocket"
	vendor "github.com/openai/openai-go/v3/realtime"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

const (
	key     = "sk-test-secret"
	model   = "gpt-realtime"
	created = `{"type":"session.created","event_id":"e0","session":{"type":"realtime","id":"sess_1","model":"gpt-realtime"}}`
)

// event returns a small event of the server, with an id.
func event(id string) string { return `{"type":"input_audio_buffer.cleared","event_id":"` + id + `"}` }

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// peer is the server's end of one connection.
type peer struct {
	t  *testing.T
	ws *websocket.Conn
	r  *http.Request
	n  int // Which connection of the server, from 1.
}

// raw serves handshakes by accept, which may refuse, and plays connections. At the end of
// the test it waits for the plays.
func raw(t *testing.T, accept func(w http.ResponseWriter, r *http.Request, n int) bool, play func(p *peer)) *httptest.Server {
	t.Helper()
	var plays sync.WaitGroup
	var count atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(count.Add(1))
		if accept != nil && !accept(w, r, n) {
			return
		}
		plays.Add(1)
		defer plays.Done()
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = ws.Close() }()
		play(&peer{t: t, ws: ws, r: r, n: n})
	}))
	t.Cleanup(func() { srv.Close(); plays.Wait() })
	return srv
}

// serve plays connections that have been greeted.
func serve(t *testing.T, play func(p *peer)) string {
	t.Helper()
	srv := raw(t, nil, func(p *peer) {
		p.send(created)
		play(p)
	})
	srv.Start()
	return srv.URL
}

func (p *peer) send(text string) { _ = p.ws.WriteMessage(websocket.TextMessage, []byte(text)) }

// read returns the next message; nil at the end.
func (p *peer) read() []byte {
	_, data, err := p.ws.ReadMessage()
	if err != nil {
		return nil
	}
	return data
}

// readType returns the type of the next message; "" at the end.
func (p *peer) readType() string { return typeOf(p.read()) }

func typeOf(data []byte) string {
	var e struct{ Type string }
	_ = json.Unmarshal(data, &e)
	return e.Type
}

func idOf(text string) string {
	var e struct {
		ID string `json:"event_id"`
	}
	_ = json.Unmarshal([]byte(text), &e)
	return e.ID
}

// drain reads until the end.
func (p *peer) drain() {
	for p.read() != nil {
	}
}

func (p *peer) close(code int, reason string) {
	_ = p.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Minute))
	p.drain()
}

// limits are the options that both clients have.
type limits struct {
	theirs vendorsocket.Options
	ours   realtime.Options
}

// side is a connection of one client.
type side struct {
	theirs *vendor.RealtimeConnection
	ours   *realtime.Session

	// send appends audio.
	send func(ctx context.Context, audio []byte) error
	// recv returns an event by its type, and its id.
	recv  func(ctx context.Context) (kind, id string, err error)
	close func() error
	abort func()
}

// both runs a test for each client, over its own connection to a server, behind the
// greeting.
func both(t *testing.T, play func(p *peer), l limits, test func(t *testing.T, s *side)) {
	t.Helper()
	t.Run("theirs", func(t *testing.T) {
		t.Parallel()
		test(t, theirs(t, serve(t, play), l.theirs))
	})
	t.Run("ours", func(t *testing.T) {
		t.Parallel()
		test(t, ours(t, serve(t, play), &l.ours))
	})
}

func theirs(t *testing.T, url string, o vendorsocket.Options, opts ...option.RequestOption) *side {
	t.Helper()
	conn, err := dialTheirs(within(t), url, o, opts...)
	require.NoError(t, err)
	t.Cleanup(conn.Abort)
	s := &side{
		theirs: conn, close: conn.Close, abort: conn.Abort,
		send: func(ctx context.Context, audio []byte) error { return conn.Send(ctx, theirAudio(audio)) },
		recv: func(ctx context.Context) (string, string, error) {
			e, err := conn.Recv(ctx)
			return e.Type, idOf(e.RawJSON()), err
		},
	}
	s.greeted(t)
	return s
}

func dialTheirs(ctx context.Context, url string, o vendorsocket.Options, opts ...option.RequestOption) (*vendor.RealtimeConnection, error) {
	all := append([]option.RequestOption{option.WithBaseURL(url), option.WithAPIKey(key), option.WithMaxRetries(0)}, opts...)
	client := openai.NewClient(all...)
	return client.Realtime.Connect(ctx, o, option.WithQuery("model", model))
}

func ours(t *testing.T, url string, o *realtime.Options, change ...func(*realtime.Config)) *side {
	t.Helper()
	session, err := dialOurs(t, within(t), url, o, change...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = session.Abort(nil) })
	s := &side{
		ours: session, close: session.Close, abort: func() { _ = session.Abort(nil) },
		send: func(ctx context.Context, audio []byte) error {
			return session.Send(ctx, &api.InputAudioBufferAppend{Audio: audio})
		},
		recv: func(ctx context.Context) (string, string, error) {
			e, err := session.Recv(ctx)
			if err != nil {
				return "", "", err
			}
			return e.EventType(), api.ServerEventID(e), nil
		},
	}
	s.greeted(t)
	return s
}

func dialOurs(t *testing.T, ctx context.Context, url string, o *realtime.Options, change ...func(*realtime.Config)) (*realtime.Session, error) { //nolint:revive // The test comes first.
	t.Helper()
	return newClient(t, url, change...).Connect(ctx, realtime.Model(model), o)
}

func newClient(t *testing.T, url string, change ...func(*realtime.Config)) *realtime.Client {
	t.Helper()
	cfg := &realtime.Config{APIKey: key, BaseURL: url, Proxy: realtime.NoProxy}
	for _, f := range change {
		f(cfg)
	}
	c, err := realtime.NewClient(cfg)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func (s *side) greeted(t *testing.T) {
	t.Helper()
	kind, _, err := s.recv(within(t))
	require.NoError(t, err)
	require.Equal(t, "session.created", kind)
}

// ids receives n events.
func (s *side) ids(t *testing.T, n int) []string {
	t.Helper()
	var list []string
	for range n {
		_, id, err := s.recv(within(t))
		require.NoError(t, err)
		list = append(list, id)
	}
	return list
}

// end receives until an error.
func (s *side) end(t *testing.T) error {
	t.Helper()
	for {
		if _, _, err := s.recv(within(t)); err != nil {
			require.NoError(t, t.Context().Err())
			return err
		}
	}
}
