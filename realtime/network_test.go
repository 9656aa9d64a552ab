package realtime

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/socket"
)

// live serves a real socket over TCP. It counts its handlers, so that a test
// ends after them.
func live(t *testing.T, secure bool, before func(http.ResponseWriter, *http.Request) bool, conf *tls.Config) *httptest.Server {
	t.Helper()
	var wg sync.WaitGroup
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wg.Add(1)
		defer wg.Done()
		if before != nil && !before(w, r) {
			return
		}
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		p := &peer{T: t, WS: ws, Req: r}
		p.Created()
		p.Drain()
	}))
	srv.TLS = conf
	if secure {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(func() { srv.Close(); wg.Wait() })
	return srv
}

func roots(srv *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	return pool
}

func openClose(t *testing.T, cfg *Config) error {
	t.Helper()
	cfg.APIKey = "sk-test-secret"
	c, err := NewClient(cfg)
	require.NoError(t, err)
	s, err := c.Connect(t.Context(), Model("m"), nil)
	if err == nil {
		require.NoError(t, s.Close())
	}
	return err
}

func TestTLS(t *testing.T) {
	t.Parallel()
	srv := live(t, true, nil, nil)
	require.NoError(t, openClose(t, &Config{BaseURL: srv.URL, TLS: &tls.Config{RootCAs: roots(srv), NextProtos: []string{"h2"}}}))
	err := openClose(t, &Config{BaseURL: srv.URL})
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	require.True(t, ok, "%v", err)
	assert.False(t, worthRetry(err))
}

func TestMutualTLS(t *testing.T) {
	t.Parallel()
	var own tls.Certificate
	srv := live(t, true, func(_ http.ResponseWriter, r *http.Request) bool {
		return assert.Len(t, r.TLS.PeerCertificates, 1)
	}, &tls.Config{ClientAuth: tls.RequireAnyClientCert})
	own = srv.TLS.Certificates[0]
	conf := &tls.Config{RootCAs: roots(srv)}
	require.Error(t, openClose(t, &Config{BaseURL: srv.URL, TLS: conf.Clone()}))
	conf.Certificates = []tls.Certificate{own}
	require.NoError(t, openClose(t, &Config{BaseURL: srv.URL, TLS: conf}))
}

// connectProxy tunnels like an HTTP proxy that wants a password.
func connectProxy(t *testing.T, secure bool) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var used atomic.Int32
	var wg sync.WaitGroup
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wg.Add(1) // A server does not wait for who hijacks.
		defer wg.Done()
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte("me:hunter2"))
		if r.Method != http.MethodConnect || r.Header.Get("Proxy-Authorization") != want {
			http.Error(w, "no", http.StatusProxyAuthRequired)
			return
		}
		assert.Empty(t, r.Header.Get("Authorization"), "the key is for the server alone")
		used.Add(1)
		out, err := net.Dial("tcp", r.Host)
		if err != nil {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		in, _, err := http.NewResponseController(w).Hijack()
		assert.NoError(t, err)
		_, _ = io.WriteString(in, "HTTP/1.1 200 OK\r\n\r\n")
		pump(&wg, in, out)
	}))
	if secure {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(func() { srv.Close(); wg.Wait() })
	return srv, &used
}

func pump(wg *sync.WaitGroup, a, b net.Conn) {
	for _, pair := range [][2]net.Conn{{a, b}, {b, a}} {
		wg.Go(func() {
			_, _ = io.Copy(pair[0], pair[1])
			_ = pair[0].Close()
			_ = pair[1].Close()
		})
	}
}

func TestProxies(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprint("secure ", secure), func(t *testing.T) {
			t.Parallel()
			target := live(t, true, nil, nil)
			proxy, used := connectProxy(t, secure)
			pool := roots(target)
			if secure {
				pool.AddCert(proxy.Certificate())
			}
			u, err := url.Parse(proxy.URL)
			require.NoError(t, err)
			cfg := func(user *url.Userinfo) *Config {
				with := *u
				with.User = user
				return &Config{BaseURL: target.URL, TLS: &tls.Config{RootCAs: pool}, Proxy: http.ProxyURL(&with)}
			}
			require.NoError(t, openClose(t, cfg(url.UserPassword("me", "hunter2"))))
			assert.EqualValues(t, 1, used.Load())
			err = openClose(t, cfg(url.UserPassword("me", "wrong-password")))
			require.ErrorContains(t, err, "407")
			assert.NotContains(t, err.Error(), "wrong-password")
			_, ok := errors.AsType[*socket.TransportError](err)
			assert.True(t, ok)
		})
	}
	t.Run("socks5", func(t *testing.T) {
		t.Parallel()
		target := live(t, false, nil, nil)
		proxy, used := socks(t)
		require.NoError(t, openClose(t, &Config{BaseURL: target.URL, Proxy: http.ProxyURL(&url.URL{Scheme: "socks5", Host: proxy})}))
		assert.EqualValues(t, 1, used.Load())
	})
	t.Run("unknown and unreadable", func(t *testing.T) {
		t.Parallel()
		require.ErrorContains(t, openClose(t, &Config{Proxy: http.ProxyURL(&url.URL{Scheme: "ftp", Host: "h"})}), "proxy scheme")
		err := openClose(t, &Config{Proxy: func(*http.Request) (*url.URL, error) { return nil, errors.New("parse http://u:hunter2@") }})
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "hunter2")
	})
}

// socks serves SOCKS5 without a password, as far as a client needs it.
func socks(t *testing.T) (string, *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var used atomic.Int32
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			r := bufio.NewReader(in)
			head := make([]byte, 2)
			_, _ = io.ReadFull(r, head)
			_, _ = r.Discard(int(head[1]))
			_, _ = in.Write([]byte{5, 0})
			req := make([]byte, 10) // version, connect, reserved, IPv4, address, port
			_, _ = io.ReadFull(r, req)
			out, err := net.Dial("tcp", fmt.Sprintf("%d.%d.%d.%d:%d", req[4], req[5], req[6], req[7], int(req[8])<<8|int(req[9])))
			if !assert.NoError(t, err) {
				continue
			}
			used.Add(1)
			_, _ = in.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
			pump(&wg, in, out)
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return l.Addr().String(), &used
}

func TestCallThatIsNotKnownYet(t *testing.T) {
	t.Parallel()
	var tries atomic.Int32
	srv := live(t, false, func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("call_id") == "rtc_1" && tries.Add(1) == 3 {
			return true
		}
		http.Error(w, "no such call", http.StatusNotFound)
		return false
	}, nil)
	c, err := NewClient(&Config{APIKey: "sk-test", BaseURL: srv.URL})
	require.NoError(t, err)
	s, err := c.Connect(t.Context(), Call("rtc_1"), nil)
	require.NoError(t, err)
	assert.EqualValues(t, 3, tries.Load())
	require.NoError(t, s.Close())

	refused := &APIError{}
	_, err = c.Connect(t.Context(), Call("rtc_2"), &Options{CallWait: -1})
	require.ErrorAs(t, err, &refused)
	_, err = c.Connect(t.Context(), Call("rtc_2"), &Options{CallWait: time.Millisecond})
	require.ErrorAs(t, err, &refused)
	_, err = c.Connect(t.Context(), Model("rtc_1"), nil)
	require.ErrorAs(t, err, &refused, "a model is not tried again")
}

// TestRedirectsAreNotFollowed holds that no redirect sees a credential.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		assert.Fail(t, "the redirect was followed")
	}))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 307, 308} {
		srv := live(t, false, func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, elsewhere.URL, status)
			return false
		}, nil)
		err := openClose(t, &Config{BaseURL: srv.URL})
		refused, ok := errors.AsType[*APIError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, status, refused.Status)
	}
}

// TestCredentialsOfConcurrentDials holds that each dial carries the credential
// that was given to it, once.
func TestCredentialsOfConcurrentDials(t *testing.T) {
	t.Parallel()
	const dials = 32
	type who struct{}
	var calls atomic.Int32
	c := script(t, func(p *peer) {
		assert.Equal(t, "Bearer key-"+p.Req.URL.Query().Get("model"), p.Req.Header.Get("Authorization"))
		p.Created()
		p.Drain()
	}, func(c *Config) {
		c.APIKey = "never used"
		c.Credentials = func(ctx context.Context) (Credential, error) {
			calls.Add(1)
			return Key(fmt.Sprint("key-", ctx.Value(who{}))), nil
		}
	})
	var wg sync.WaitGroup
	for i := range dials {
		wg.Go(func() {
			name := strconv.Itoa(i)
			s, err := c.Connect(context.WithValue(t.Context(), who{}, name), Model(name), &Options{CloseTimeout: time.Minute})
			if assert.NoError(t, err) {
				assert.NoError(t, s.Close())
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, dials, calls.Load())
}

func TestCredentialFailures(t *testing.T) {
	t.Parallel()
	broken := errors.New("the vault is shut")
	c, net := scriptNet(t, func(*peer) {}, func(c *Config) {
		c.Credentials = func(context.Context) (Credential, error) { return Credential{}, broken }
	})
	_, err := c.Connect(t.Context(), Model("m"), nil)
	require.ErrorIs(t, err, broken)
	c.set.credentials, c.set.base.Host = Static(Credential{}), "far.example"
	_, err = c.Connect(t.Context(), Model("m"), nil)
	require.ErrorIs(t, err, ErrNoCredential)
	assert.Zero(t, net.Dials())
}

func TestEnvironment(t *testing.T) {
	for name, value := range map[string]string{
		"OPENAI_API_KEY": " sk-env\n", "OPENAI_BASE_URL": "https://env.example/v1", "OPENAI_ORG_ID": "org", "OPENAI_PROJECT_ID": "proj",
		"AZURE_OPENAI_API_KEY": "az-env", "AZURE_OPENAI_ENDPOINT": "https://az.example",
	} {
		t.Setenv(name, value)
	}
	c, err := NewClient(nil)
	require.NoError(t, err)
	assert.Equal(t, "wss://env.example/v1", c.BaseURL())
	assert.Equal(t, "org", c.set.header.Get("Openai-Organization"))
	credential, err := c.set.credentials(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "sk-env", credential.secret())

	c, err = NewClient(&Config{Azure: &Azure{}})
	require.NoError(t, err)
	assert.Equal(t, "wss://az.example/openai/v1", c.BaseURL())
	assert.Empty(t, c.set.header.Get("Openai-Organization"))
	credential, err = c.set.credentials(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "az-env", credential.secret())
}

// TestServersOfOnesOwnNeedNoKey: without a key nothing is sent in its place to loopback hosts
// and to those that are listed, by sessions and REST requests alike; other hosts are not
// dialed at all.
func TestServersOfOnesOwnNeedNoKey(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "")
	for base, keyless := range map[string]bool{
		"http://127.0.0.1:8080/v1": true, "http://[::1]/v1": true, "ws://localhost/v1": true, "https://localhost/v1": true,
		"http://gpu-1.internal/v1": true, "https://gpu-1.internal/v1": true,
		"https://api.openai.com/v1": false, "https://localhost.example/v1": false,
	} {
		headers := make(chan http.Header, 2)
		seen := errors.New("seen")
		c, err := NewClient(&Config{
			BaseURL: base, PlainHosts: []string{"gpu-1.internal"}, Retries: -1,
			Handshake: func(http.RoundTripper) http.RoundTripper {
				return roundTrip(func(r *http.Request) (*http.Response, error) { headers <- r.Header; return nil, seen })
			},
			HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) { headers <- r.Header; return nil, seen })},
		})
		require.NoError(t, err)
		_, dial := c.Connect(t.Context(), Model("m"), nil)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.API().Server+"x", nil)
		require.NoError(t, err)
		_, request := c.Do(r)
		want := ErrNoCredential
		if keyless {
			want = seen
		}
		require.ErrorIs(t, dial, want, base)
		require.ErrorIs(t, request, want, base)
		close(headers)
		count := 0
		for h := range headers {
			count++
			assert.NotContains(t, h, "Authorization", base)
			assert.NotContains(t, h, "Api-Key", base)
		}
		assert.Equal(t, map[bool]int{true: 2}[keyless], count, base)
	}
}

// TestCredentialsThatReturnNoneFail holds that a source of credentials that has none is an
// error for servers that need no key too.
func TestCredentialsThatReturnNoneFail(t *testing.T) {
	t.Parallel()
	c, net := scriptNet(t, func(*peer) {}, func(c *Config) {
		c.BaseURL, c.Credentials = "http://127.0.0.1/v1", Static(Credential{})
	})
	_, err := c.Connect(t.Context(), Model("m"), nil)
	require.ErrorIs(t, err, ErrNoCredential)
	assert.Zero(t, net.Dials())
}
