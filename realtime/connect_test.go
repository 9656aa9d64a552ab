package realtime

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/text"
	"github.com/voicelane/realtime-go/socket"
)

func TestConnectWaitsForSessionCreated(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) {
		assert.Equal(t, "/v1/realtime?model=gpt-realtime-2.1", p.Req.URL.String())
		assert.Equal(t, "Bearer sk-test-secret", p.Req.Header.Get("Authorization"))
		p.Created()
		p.Drain()
	})
	s, err := c.Connect(t.Context(), Model(api.ModelGPTRealtime2_1), nil)
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, "ws://127.0.0.1/v1/realtime?model=gpt-realtime-2.1", s.URL())
	assert.Equal(t, "req_1", s.RequestID())
	current, ok := s.Current().(*api.RealtimeSession)
	require.True(t, ok)
	assert.Equal(t, "sess_1", current.ID)

	e, err := s.Recv(t.Context())
	require.NoError(t, err)
	assert.IsType(t, &api.SessionCreated{}, e, "the receiver sees the first event too")

	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "closing again is no error")
	_, err = s.Recv(t.Context())
	assert.ErrorIs(t, err, io.EOF)
	assert.ErrorIs(t, s.Send(t.Context(), &api.ResponseCreate{}), socket.ErrClosed)
	assert.ErrorIs(t, s.Err(), io.EOF)
	assert.Equal(t, &socket.CloseError{Code: 1000, Reason: "OK", Local: true}, s.CloseStatus())
}

func TestConnectReturnsTheServersRefusal(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		frame string
		code  int
		check func(*testing.T, *ServerError)
	}{
		"key": {
			`{"type":"error","event_id":"e1","error":{"type":"invalid_request_error","code":"invalid_api_key","message":"no","param":null,"event_id":null}}`, CloseUnauthorized,
			func(t *testing.T, e *ServerError) { t.Helper(); assert.True(t, e.IsUnauthorized()) },
		},
		"model": {
			`{"type":"error","event_id":"e1","error":{"type":"invalid_request_error","code":"model_not_found","message":"no","param":null,"event_id":null}}`, CloseBadRequest,
			func(t *testing.T, e *ServerError) { t.Helper(); assert.True(t, e.IsInvalidRequest()) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := script(t, func(p *peer) { p.Send(tc.frame); p.Close(tc.code, "refused") })
			_, err := c.Connect(t.Context(), Model("gpt-realtime"), nil)
			e, ok := errors.AsType[*ServerError](err)
			require.True(t, ok, "%v", err)
			tc.check(t, e)
			closed, ok := errors.AsType[*socket.CloseError](err)
			require.True(t, ok)
			assert.Equal(t, tc.code, closed.Code)
		})
	}
}

func TestConnectEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(*peer){
		"silent": func(p *peer) { p.Drain() },
		"error, no close ": func(p *peer) {
			p.Send(`{"type":"error","event_id":"e","error":{"type":"server_error","message":"m"}}`)
			p.Drain()
		},
		"close alone": func(p *peer) { p.Close(4000, "no") },
		"cut":         func(*peer) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := script(t, play)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				begin := time.Now()
				_, err := c.Connect(ctx, Model("m"), nil)
				require.Error(t, err)
				assert.LessOrEqual(t, time.Since(begin), 16*time.Second)
				assert.NotErrorIs(t, err, io.EOF)
			})
		})
	}
}

func TestConnectStopsAHandshakeThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, server) }()
		c, err := NewClient(&Config{
			APIKey: "k", BaseURL: "http://localhost/v1", Proxy: NoProxy, DialTimeout: -1,
			DialContext: func(context.Context, string, string) (net.Conn, error) { return client, nil },
		})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		_, err = c.Connect(ctx, Model("m"), nil)
		assert.ErrorIs(t, err, context.Canceled)
		_ = server.Close()
	})
}

func TestCallDoesNotWaitAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, net := scriptNet(t, func(p *peer) {
			assert.Equal(t, "rtc_1", p.Req.URL.Query().Get("call_id"))
			p.Drain()
		})
		s, err := c.Connect(t.Context(), Call("rtc_1"), nil)
		require.NoError(t, err)
		require.NoError(t, s.Close())
		assert.Equal(t, 1, net.Dials())
	})
}

func TestHandshakeErrors(t *testing.T) {
	t.Parallel()
	const key = "sk-very-secret"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := map[string]int{
			"301": 301, "302": 302, "307": 307, "308": 308, "401": 401, "404": 404, "503": 503,
		}[r.URL.Query().Get("model")]
		w.Header().Set("X-Request-Id", "req_7")
		w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, r.Header.Get("Authorization")+"\n"+strings.Repeat("x", 4096))
	}))
	defer srv.Close()
	c, err := NewClient(&Config{APIKey: key, BaseURL: srv.URL})
	require.NoError(t, err)
	for _, status := range []int{301, 302, 307, 308, 401, 404, 503} {
		_, err := c.Connect(t.Context(), Model(http.StatusText(status)[:0]+itoa(status)), nil)
		e, ok := errors.AsType[*APIError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, status, e.Status)
		assert.Equal(t, "req_7", e.RequestID)
		assert.Equal(t, 7*time.Second, e.RetryAfter)
		assert.Equal(t, status == 503, e.Temporary())
		assert.NotContains(t, err.Error(), key)
		assert.Equal(t, "handshake", e.Op)
		assert.Contains(t, err.Error(), "handshake refused: status "+itoa(status))
		if status < 400 {
			assert.Equal(t, "redirects are not followed", e.Message)
			continue
		}
		assert.Contains(t, e.Message, text.Redacted)
		assert.LessOrEqual(t, len(e.Message), 1024)
	}
}

func itoa(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}
