package beside

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/auth"
	"github.com/openai/openai-go/v3/azure"
	"github.com/openai/openai-go/v3/option"
	vendorsocket "github.com/openai/openai-go/v3/packages/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

// asked serves handshakes and keeps them.
func asked(t *testing.T, secure bool) (srv *httptest.Server, requests chan *http.Request) {
	t.Helper()
	requests = make(chan *http.Request, 10)
	srv = raw(t, nil, func(p *peer) {
		requests <- p.r
		p.send(created)
		p.drain()
	})
	if secure {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	return srv, requests
}

func options(change func(o *realtime.Options)) *realtime.Options {
	o := new(realtime.Options)
	change(o)
	return o
}

// rooted makes a client of ours trust a server.
func rooted(srv *httptest.Server) func(*realtime.Config) {
	return func(c *realtime.Config) {
		c.TLS = srv.Client().Transport.(*http.Transport).TLSClientConfig //nolint:errcheck,forcetypeassert // It panics.
	}
}

// Address, header, query and TLS of the client are those of the upgrade. A credential for
// one connection alone is a header with theirs, and chosen by the context with ours.
func TestTheHandshakeIsThatOfTheClient(t *testing.T) { //nolint:tparallel // The subtests share a server or a result.
	t.Parallel()
	srv, requests := asked(t, true)
	address := srv.URL + "/proxy/v1?keep=a%2Bb&tag=base"
	t.Run("theirs", func(t *testing.T) {
		theirs(t, address, vendorsocket.Options{}, option.WithHTTPClient(srv.Client()), option.WithHeader("X-Team", "voice"),
			option.WithQuery("tag", "new"), option.WithHeader("Authorization", "Bearer tenant"))
		check(t, <-requests)
	})
	type tenant struct{}
	t.Run("ours", func(t *testing.T) {
		c := newClient(t, address, rooted(srv), func(c *realtime.Config) {
			c.Header = http.Header{"X-Team": {"voice"}}
			c.Credentials = func(ctx context.Context) (realtime.Credential, error) {
				return realtime.Key(ctx.Value(tenant{}).(string)), nil //nolint:errcheck,forcetypeassert // It panics.
			}
		})
		s, err := c.Connect(context.WithValue(within(t), tenant{}, "tenant"), realtime.Model(model), options(func(o *realtime.Options) { o.Query = url.Values{"tag": {"new"}} }))
		require.NoError(t, err)
		defer func() { _ = s.Close() }()
		check(t, <-requests)
		_, err = c.Connect(context.WithValue(within(t), tenant{}, "tenant"), realtime.Model(model), options(func(o *realtime.Options) { o.Header = http.Header{"Authorization": {"Bearer other"}} }))
		require.Error(t, err, "a header is no credential")
	})
}

func check(t *testing.T, r *http.Request) {
	t.Helper()
	assert.Equal(t, "/proxy/v1/realtime", r.URL.Path)
	assert.Equal(t, url.Values{"keep": {"a+b"}, "tag": {"new"}, "model": {model}}, r.URL.Query())
	assert.Equal(t, "voice", r.Header.Get("X-Team"))
	assert.Equal(t, "Bearer tenant", r.Header.Get("Authorization"))
	assert.NotNil(t, r.TLS)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// around returns the middleware of both that changes a request.
func around(change func(r *http.Request)) (option.RequestOption, func(*realtime.Config)) {
	return option.WithMiddleware(func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			change(r)
			return next(r)
		}), func(c *realtime.Config) {
			c.Handshake = func(next http.RoundTripper) http.RoundTripper {
				return roundTripper(func(r *http.Request) (*http.Response, error) {
					r = r.Clone(r.Context())
					change(r)
					return next.RoundTrip(r)
				})
			}
		}
}

func TestMiddlewareCarriesTheUpgrade(t *testing.T) {
	t.Parallel()
	srv, requests := asked(t, false)
	middleware, handshake := around(func(r *http.Request) { r.Header.Set("X-Trace", "t1") })
	theirs(t, srv.URL, vendorsocket.Options{}, middleware)
	assert.Equal(t, "t1", (<-requests).Header.Get("X-Trace"))
	ours(t, srv.URL, nil, handshake)
	assert.Equal(t, "t1", (<-requests).Header.Get("X-Trace"))
}

func TestMiddlewareCannotSendACredentialElsewhere(t *testing.T) {
	t.Parallel()
	srv, _ := asked(t, false)
	elsewhere, leaked := asked(t, false)
	middleware, handshake := around(func(r *http.Request) { r.URL.Host = strings.TrimPrefix(elsewhere.URL, "http://") })
	_, err := dialTheirs(within(t), srv.URL, vendorsocket.Options{}, middleware)
	require.Error(t, err)
	_, err = dialOurs(t, within(t), srv.URL, nil, handshake)
	require.Error(t, err)
	assert.Empty(t, leaked)
}

type doer struct{ calls atomic.Int32 }

func (d *doer) Do(*http.Request) (*http.Response, error) {
	d.calls.Add(1)
	return nil, errors.New("called")
}

// A client that cannot upgrade is refused before the network by theirs; of a round tripper
// ours finds it out when the answer has come.
func TestAClientThatCannotUpgrade(t *testing.T) {
	t.Parallel()
	srv, _ := asked(t, false)
	unable := new(doer)
	_, err := dialTheirs(within(t), srv.URL, vendorsocket.Options{}, option.WithHTTPClient(unable))
	require.Error(t, err)
	assert.Zero(t, unable.calls.Load())
	_, err = dialOurs(t, within(t), srv.URL, nil, func(c *realtime.Config) {
		c.Handshake = func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				res, err := next.RoundTrip(r)
				if err == nil {
					res.Body = struct{ io.ReadCloser }{res.Body}
				}
				return res, err
			})
		}
	})
	require.Error(t, err)
}

func TestRedirects(t *testing.T) { //nolint:tparallel // The subtests share a server or a result.
	t.Parallel()
	elsewhere, leaked := asked(t, false)
	for name, tc := range map[string]struct {
		to     func(r *http.Request) string
		theirs bool // It follows.
	}{
		"another host": {to: func(r *http.Request) string { return elsewhere.URL + "/realtime?" + r.URL.RawQuery }},
		"the same":     {to: func(r *http.Request) string { return "/again/realtime?" + r.URL.RawQuery }, theirs: true},
	} {
		t.Run(name, func(t *testing.T) {
			srv := raw(t, func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if strings.HasPrefix(r.URL.Path, "/again") {
					return true
				}
				http.Redirect(w, r, tc.to(r), http.StatusTemporaryRedirect)
				return false
			}, func(p *peer) { p.send(created); p.drain() })
			srv.Start()
			conn, err := dialTheirs(within(t), srv.URL, vendorsocket.Options{})
			assert.Equal(t, tc.theirs, err == nil, "%v", err)
			if err == nil {
				conn.Abort()
			}
			_, err = dialOurs(t, within(t), srv.URL, nil)
			refused, ok := errors.AsType[*realtime.APIError](err)
			require.True(t, ok)
			assert.Equal(t, http.StatusTemporaryRedirect, refused.Status)
			assert.Empty(t, leaked)
		})
	}
}

func TestARegionChoosesTheHost(t *testing.T) {
	t.Parallel()
	stop := errors.New("far enough")
	for residency, region := range map[option.DataResidency]realtime.Region{
		option.DataResidencyGlobal: realtime.RegionGlobal, option.DataResidencyUS: realtime.RegionUS, option.DataResidencyEU: realtime.RegionEU,
		option.DataResidencyAE: realtime.RegionUAE, option.DataResidencyAU: realtime.RegionAustralia, option.DataResidencyIN: realtime.RegionIndia,
		option.DataResidencyJP: realtime.RegionJapan,
	} {
		var hosts []string
		dial := func(_ context.Context, _, address string) (net.Conn, error) {
			hosts = append(hosts, address)
			return nil, stop
		}
		client := openai.NewClient(option.WithAPIKey(key), option.WithMaxRetries(0), option.WithDataResidency(residency),
			option.WithHTTPClient(&http.Client{Transport: &http.Transport{DialContext: dial}}))
		_, err := client.Realtime.Connect(within(t), vendorsocket.Options{}, option.WithQuery("model", model))
		require.ErrorIs(t, err, stop)
		_, err = dialOurs(t, within(t), "", nil, func(c *realtime.Config) { c.Region, c.DialContext = region, dial })
		require.ErrorIs(t, err, stop)
		require.Len(t, hosts, 2)
		assert.Equal(t, hosts[0], hosts[1], region)
	}
	_, err := realtime.NewClient(&realtime.Config{APIKey: key, Region: realtime.RegionEU, BaseURL: "https://example.invalid"})
	require.Error(t, err)
	_, err = dialTheirs(within(t), "https://example.invalid", vendorsocket.Options{}, option.WithDataResidency(option.DataResidencyEU))
	require.Error(t, err)
}

// Timeouts bound the opening, and nothing after it.
func TestTimeoutsBoundTheOpening(t *testing.T) {
	t.Parallel()
	const bound = 300 * time.Millisecond
	timeout := option.WithHTTPClient(&http.Client{Timeout: bound})
	dial := func(c *realtime.Config) { c.DialTimeout = bound }
	silent := raw(t, func(_ http.ResponseWriter, r *http.Request, _ int) bool { <-r.Context().Done(); return false }, nil)
	silent.Start()
	_, err := dialTheirs(within(t), silent.URL, vendorsocket.Options{}, timeout)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = dialOurs(t, within(t), silent.URL, nil, dial)
	slow, ok := errors.AsType[*socket.TransportError](err)
	require.True(t, ok)
	assert.True(t, slow.Timeout(), "%v", err)

	address := serve(t, func(p *peer) {
		p.readType()
		<-time.After(2 * bound) // The bound passes.
		p.send(event("e1"))
		p.drain()
	})
	for _, s := range []*side{theirs(t, address, vendorsocket.Options{}, option.WithHTTPClient(&http.Client{Timeout: 30 * bound})), ours(t, address, nil, dial)} {
		require.NoError(t, s.send(within(t), []byte("a")))
		assert.Equal(t, []string{"e1"}, s.ids(t, 1))
	}
}

// A refusal's status can be read of both. Theirs keeps the body, ours an error without what
// may repeat the key; neither shows the query of the address.
func TestARefusal(t *testing.T) {
	t.Parallel()
	body := fmt.Sprintf(`{"error":{"message":"the key %s is unknown","type":"invalid_request_error","code":"invalid_api_key"}}`, key)
	srv := raw(t, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Request-Id", "req_1")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, body)
		return false
	}, nil)
	srv.Start()
	const hidden = "hidden-in-the-query"
	var response *http.Response
	_, err := dialTheirs(within(t), srv.URL+"?ticket="+hidden, vendorsocket.Options{}, option.WithResponseInto(&response))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), hidden)
	require.NotNil(t, response)
	assert.Equal(t, http.StatusForbidden, response.StatusCode)

	_, err = dialOurs(t, within(t), srv.URL+"?ticket="+hidden, nil)
	refused, ok := errors.AsType[*realtime.APIError](err)
	require.True(t, ok)
	assert.Equal(t, []any{http.StatusForbidden, "invalid_api_key", "req_1"}, []any{refused.Status, refused.Code, refused.RequestID})
	assert.Contains(t, err.Error(), "is unknown")
	assert.NotContains(t, fmt.Sprintf("%v %+v", err, refused), key)
	assert.NotContains(t, err.Error(), hidden)
}

// workload is an identity whose tokens an issuer counts.
func workload(t *testing.T) (auth.WorkloadIdentity, *http.Client) {
	t.Helper()
	var issued atomic.Int32
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"access_token": fmt.Sprintf("token-%d", issued.Add(1)), "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
			"token_type": "Bearer", "expires_in": 3600,
		})
	}))
	t.Cleanup(tokens.Close)
	return auth.WorkloadIdentity{IdentityProviderID: "idp_1", ServiceAccountID: "sa_1", Provider: subject{}},
		&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if strings.Contains(r.URL.Path, "token") {
				r = r.Clone(r.Context())
				r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(tokens.URL, "http://")
			}
			return http.DefaultTransport.RoundTrip(r)
		})}
}

type subject struct{}

func (subject) TokenType() auth.SubjectTokenType { return auth.SubjectTokenTypeJWT }

func (subject) GetToken(context.Context, auth.HTTPDoer) (string, error) { return "subject", nil }

// A workload's token opens sockets, and a rejected one is replaced once: by theirs in the
// handshake, by ours also when the server refuses it behind the handshake.
func TestARejectedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	refuse := func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasSuffix(r.Header.Get("Authorization"), "token-1") {
			w.WriteHeader(http.StatusUnauthorized)
			return false
		}
		return true
	}
	greet := func(p *peer) { p.send(created); p.drain() }
	srv := raw(t, refuse, greet)
	srv.Start()
	identity, through := workload(t)
	s := theirs(t, srv.URL, vendorsocket.Options{}, option.WithWorkloadIdentity(identity), option.WithHTTPClient(through), option.WithMaxRetries(1))
	require.NoError(t, s.close())

	late := raw(t, nil, func(p *peer) {
		if strings.HasSuffix(p.r.Header.Get("Authorization"), "token-1") {
			p.send(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"invalid_api_key","message":"no"}}`)
			p.close(3000, "no")
			return
		}
		greet(p)
	})
	late.Start()
	for _, address := range []string{srv.URL, late.URL} {
		var n int
		s := ours(t, address, nil, func(c *realtime.Config) {
			c.Credentials = func(context.Context) (realtime.Credential, error) {
				n++
				return realtime.Key(fmt.Sprintf("token-%d", n)), nil
			}
		})
		require.NoError(t, s.close())
		assert.Equal(t, 2, n)
	}
}

// A client certificate reaches the server with both. Its exchange for a token is one call
// of theirs, which needs an attested transport, and a func of the program with ours.
func TestAClientCertificate(t *testing.T) {
	t.Parallel()
	srv := raw(t, func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if len(r.TLS.PeerCertificates) == 0 {
			w.WriteHeader(http.StatusForbidden)
			return false
		}
		if r.URL.Path == "/token" {
			_, _ = io.WriteString(w, "token-1")
			return false
		}
		return true
	}, func(p *peer) { p.send(created); p.drain() })
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequestClientCert}
	srv.StartTLS()
	conf := srv.Client().Transport.(*http.Transport).TLSClientConfig.Clone() //nolint:errcheck,forcetypeassert // It panics.
	conf.Certificates = srv.TLS.Certificates
	certified := &http.Client{Transport: &http.Transport{TLSClientConfig: conf}}
	t.Cleanup(certified.CloseIdleConnections)
	require.NoError(t, theirs(t, srv.URL, vendorsocket.Options{}, option.WithHTTPClient(certified)).close())
	_, err := dialTheirs(within(t), srv.URL, vendorsocket.Options{}, option.WithX509WorkloadIdentity(auth.X509WorkloadIdentity{IdentityProviderID: "idp_1", ServiceAccountID: "sa_1"}))
	require.Error(t, err, "without an attested transport")

	s := ours(t, srv.URL, nil, func(c *realtime.Config) {
		c.TLS = conf
		c.Credentials = func(ctx context.Context) (realtime.Credential, error) {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/token", nil)
			if err != nil {
				return realtime.Credential{}, err
			}
			res, err := certified.Do(r)
			if err != nil {
				return realtime.Credential{}, err
			}
			defer func() { _ = res.Body.Close() }()
			token, err := io.ReadAll(res.Body)
			return realtime.Token(string(token)), err
		}
	})
	require.NoError(t, s.close())
}

// Azure's resource is refused by theirs before the network.
func TestAzure(t *testing.T) {
	t.Parallel()
	srv, requests := asked(t, false)
	_, err := dialTheirs(within(t), srv.URL, vendorsocket.Options{}, azure.WithEndpoint(srv.URL, "2025-01-01"), azure.WithAPIKey("azure-key"), azure.WithUnsafeAllowHTTP())
	require.Error(t, err)
	assert.Empty(t, requests)
	s := ours(t, "", nil, func(c *realtime.Config) { c.Azure = &realtime.Azure{Endpoint: srv.URL} })
	require.NoError(t, s.close())
	r := <-requests
	assert.Equal(t, "/openai/v1/realtime", r.URL.Path)
	assert.Equal(t, key, r.Header.Get("Api-Key"))
}

// A Retry-After that is too long: theirs returns at once. Ours repeats a dial only if that
// is asked for, and then waits within the context.
func TestARetryAfterThatIsTooLong(t *testing.T) {
	t.Parallel()
	var dials atomic.Int32
	srv := raw(t, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		dials.Add(1)
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
		return false
	}, nil)
	srv.Start()
	var response *http.Response
	_, err := dialTheirs(within(t), srv.URL, vendorsocket.Options{}, option.WithMaxRetries(2), option.WithResponseInto(&response))
	require.Error(t, err)
	require.NotNil(t, response)
	assert.Equal(t, http.StatusTooManyRequests, response.StatusCode)
	assert.EqualValues(t, 1, dials.Swap(0))
	for _, attempts := range []int{1, 3} {
		ctx, cancel := context.WithTimeout(within(t), time.Second)
		_, err = dialOurs(t, ctx, srv.URL, &realtime.Options{DialAttempts: attempts})
		cancel()
		refused, ok := errors.AsType[*realtime.APIError](err)
		require.True(t, ok)
		assert.Equal(t, time.Hour, refused.RetryAfter)
		assert.EqualValues(t, 1, dials.Swap(0))
	}
}
