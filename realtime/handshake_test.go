package realtime

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

// TestHandshakeMiddleware signs and traces the handshake, over each kind of network.
func TestHandshakeMiddleware(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ secure, proxied, compressed bool }{
		"plain": {}, "TLS": {secure: true}, "TLS through a proxy": {secure: true, proxied: true}, "compressed": {compressed: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := make(chan http.Header, 1)
			srv := live(t, tc.secure, func(_ http.ResponseWriter, r *http.Request) bool { got <- r.Header; return true }, nil)
			var asked *http.Request
			var status int
			cfg := &Config{APIKey: "sk-test", BaseURL: srv.URL, Proxy: NoProxy, Handshake: func(next http.RoundTripper) http.RoundTripper {
				return roundTrip(func(r *http.Request) (*http.Response, error) {
					asked = r
					r = r.Clone(r.Context())
					r.Header.Set("X-Signature", "signed "+r.URL.Path)
					res, err := next.RoundTrip(r)
					if err == nil {
						status = res.StatusCode
					}
					return res, err
				})
			}}
			if tc.secure {
				cfg.TLS = &tls.Config{RootCAs: roots(srv)}
			}
			if tc.proxied {
				proxy, _ := connectProxy(t, false)
				u, err := url.Parse(proxy.URL)
				require.NoError(t, err)
				u.User = url.UserPassword("me", "hunter2")
				cfg.Proxy = http.ProxyURL(u)
			}
			c, err := NewClient(cfg)
			require.NoError(t, err)
			s := connect(t, c, &Options{Compression: tc.compressed})
			require.NoError(t, s.SendText(t.Context(), strings.Repeat("long ", 5000)))
			require.NoError(t, s.Flush(t.Context()))
			assert.Equal(t, srv.URL, asked.URL.Scheme+"://"+asked.URL.Host)
			assert.Equal(t, http.StatusSwitchingProtocols, status)
			require.NoError(t, asked.Context().Err(), "the context lives with the connection")
			h := <-got
			assert.Equal(t, "signed /realtime", h.Get("X-Signature"))
			assert.Equal(t, "Bearer sk-test", h.Get("Authorization"))
			require.NoError(t, s.Close())
			require.Error(t, asked.Context().Err())
		})
	}
}

// TestHandshakeOverAnotherTransport uses a transport of the program's own.
func TestHandshakeOverAnotherTransport(t *testing.T) {
	t.Parallel()
	srv := live(t, true, nil, nil)
	own := srv.Client().Transport
	c, err := NewClient(&Config{APIKey: "sk-test", BaseURL: srv.URL, Handshake: func(http.RoundTripper) http.RoundTripper { return own }})
	require.NoError(t, err)
	s := connect(t, c, nil)
	require.NoError(t, s.SendText(t.Context(), "hello"))
	require.NoError(t, s.Close())
	s = connect(t, c, nil)
	require.NoError(t, s.Abort(nil))
}

func TestHandshakeMiddlewareThatFails(t *testing.T) {
	t.Parallel()
	const key = "sk-very-secret"
	refusing := func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Refuse") == "" {
			return true
		}
		w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		w.WriteHeader(http.StatusTemporaryRedirect)
		return false
	}
	srv := live(t, false, refusing, nil)
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the credential went to another host") }))
	t.Cleanup(other.Close)
	own := errors.New("no signature for " + key)
	for name, tc := range map[string]struct {
		middle func(next http.RoundTripper, r *http.Request) (*http.Response, error)
		want   string
	}{
		"error": {func(http.RoundTripper, *http.Request) (*http.Response, error) { return nil, own }, "no signature for REDACTED"},
		"another host": {func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			r.URL.Host = strings.TrimPrefix(other.URL, "http://")
			return next.RoundTrip(r)
		}, "changed the host"},
		"another scheme": {func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			r.URL.Scheme = "https"
			return next.RoundTrip(r)
		}, "changed the host"},
		"a context of its own": {func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			return next.RoundTrip(r.WithContext(context.Background())) // It is what the middleware does wrong.
		}, "changed the host"},
		"a body to read only": {func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			res, err := next.RoundTrip(r)
			if err == nil {
				body := res.Body
				res.Body = io.NopCloser(body)
				t.Cleanup(func() { _ = body.Close() })
			}
			return res, err
		}, "cannot be written"},
		"redirect": {func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			r.Header.Set("X-Refuse", "1")
			return next.RoundTrip(r)
		}, "status 307: redirects are not followed"},
		"wrong proof": {func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			res, err := next.RoundTrip(r)
			if err == nil {
				res.Header.Set("Sec-WebSocket-Accept", "other")
			}
			return res, err
		}, "status 101"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := NewClient(&Config{APIKey: key, BaseURL: srv.URL, Proxy: NoProxy, Handshake: func(next http.RoundTripper) http.RoundTripper {
				return roundTrip(func(r *http.Request) (*http.Response, error) { return tc.middle(next, r) })
			}})
			require.NoError(t, err)
			_, err = c.Connect(t.Context(), Model("m"), nil)
			require.ErrorContains(t, err, tc.want)
			assert.NotContains(t, err.Error(), key)
		})
	}
	_, err := NewClient(&Config{Handshake: func(http.RoundTripper) http.RoundTripper { return nil }})
	require.ErrorContains(t, err, "Config.Handshake")
}

// TestHandshakeMiddlewareIsBounded ends handshakes and writes that hang.
func TestHandshakeMiddlewareIsBounded(t *testing.T) {
	t.Parallel()
	through := func(c *Config) { c.Handshake = func(next http.RoundTripper) http.RoundTripper { return next } }
	t.Run("context", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client, server := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, server) }()
			c, err := NewClient(&Config{
				APIKey: "k", BaseURL: "http://localhost/v1", Proxy: NoProxy, DialTimeout: 3 * time.Second,
				DialContext: func(context.Context, string, string) (net.Conn, error) { return client, nil },
				Handshake:   func(next http.RoundTripper) http.RoundTripper { return next },
			})
			require.NoError(t, err)
			begin := time.Now()
			_, err = c.Connect(t.Context(), Model("m"), nil)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, 3*time.Second, time.Since(begin))
			_ = server.Close()
		})
	})
	t.Run("write", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := script(t, func(p *peer) { p.Created(); <-t.Context().Done() }, through)
			s := connect(t, c, &Options{WriteTimeout: 20 * time.Second, PingInterval: -1})
			next[*api.SessionCreated](t, s)
			begin := time.Now()
			require.NoError(t, s.AppendAudio(t.Context(), make([]byte, 64<<10)))
			_, err := s.Recv(t.Context())
			assert.Equal(t, 20*time.Second, time.Since(begin))
			broken, ok := errors.AsType[*socket.TransportError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, "write", broken.Op)
			assert.True(t, broken.Timeout())
		})
	})
	t.Run("write over a connection that is not known", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := script(t, func(p *peer) { p.Created(); <-t.Context().Done() }, func(c *Config) {
				own := &http.Transport{DialContext: c.DialContext}
				c.Handshake = func(http.RoundTripper) http.RoundTripper {
					return roundTrip(func(r *http.Request) (*http.Response, error) {
						return own.RoundTrip(r.WithContext(context.Background())) // It drops what watches the connection.
					})
				}
			})
			s := connect(t, c, &Options{WriteTimeout: 20 * time.Second, PingInterval: -1})
			begin := time.Now()
			require.NoError(t, s.AppendAudio(t.Context(), make([]byte, 64<<10)))
			<-s.Done()
			assert.Equal(t, 20*time.Second, time.Since(begin))
			unsent, ok := errors.AsType[*socket.UnsentError](s.Err())
			require.True(t, ok, "%v", s.Err())
			assert.Len(t, unsent.Uncertain, 1)
		})
	})
	t.Run("abort", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := script(t, func(p *peer) { p.Created(); <-t.Context().Done() }, through)
			s := connect(t, c, &Options{WriteTimeout: -1, PingInterval: -1, CloseTimeout: time.Hour})
			require.NoError(t, s.AppendAudio(t.Context(), make([]byte, 64<<10)))
			synctest.Wait()
			begin := time.Now()
			require.Error(t, s.Abort(errEnough))
			assert.Zero(t, time.Since(begin))
		})
	})
	t.Run("silence", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := script(t, func(p *peer) { p.Created(); <-t.Context().Done() }, through)
			s := connect(t, c, nil)
			<-s.Done()
			require.ErrorIs(t, s.Err(), socket.ErrPeerSilent)
		})
	})
}

func TestQueryOfAConnect(t *testing.T) {
	t.Parallel()
	got := make(chan url.Values, 1)
	c := script(t, func(p *peer) { got <- p.Req.URL.Query(); p.Created(); p.Drain() }, func(c *Config) { c.BaseURL += "?tenant=1&keep=2" })
	o := &Options{Query: url.Values{"tenant": {"7"}, "trace": {"a b", "c&d"}}}
	s := connect(t, c, o)
	assert.Equal(t, url.Values{"tenant": {"7"}, "keep": {"2"}, "trace": {"a b", "c&d"}, "model": {"gpt-realtime"}}, <-got)
	assert.NotContains(t, s.URL(), "c%26d", "foreign values are not shown")
	for _, o := range []*Options{
		{Query: url.Values{"model": {"other"}}},
		{Query: url.Values{"x": {"1"}}, URL: "ws://127.0.0.1/v1/realtime?model=m"},
	} {
		_, err := c.Connect(t.Context(), Model("m"), o)
		require.ErrorContains(t, err, "Options.Query")
	}
}

func TestRegions(t *testing.T) {
	t.Setenv("OPENAI_BASE_URL", "https://elsewhere.example/v1")
	for region, want := range map[Region]string{
		"": "wss://elsewhere.example/v1", RegionGlobal: "wss://api.openai.com/v1", RegionEU: "wss://eu.api.openai.com/v1", RegionUS: "wss://us.api.openai.com/v1",
		RegionUAE: "wss://ae.api.openai.com/v1", RegionAustralia: "wss://au.api.openai.com/v1", RegionIndia: "wss://in.api.openai.com/v1", RegionJapan: "wss://jp.api.openai.com/v1",
	} {
		c, err := NewClient(&Config{Region: region})
		require.NoError(t, err)
		assert.Equal(t, want, c.BaseURL())
	}
	for name, cfg := range map[string]*Config{
		"unknown": {Region: "moon"}, "with a base": {Region: RegionEU, BaseURL: "https://h/v1"}, "on Azure": {Region: RegionEU, Azure: &Azure{Endpoint: "https://r.openai.azure.com"}},
	} {
		_, err := NewClient(cfg)
		require.ErrorContains(t, err, "Config.Region", name)
	}
}
