package realtime

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// renewing is a CredentialFunc whose first credential is stale. Later ones are what
// next returns.
type renewing struct {
	asked   atomic.Int32
	refused Credential
	next    func() (Credential, error)
}

func (r *renewing) credential(ctx context.Context) (Credential, error) {
	n := r.asked.Add(1)
	c, refused := RefusedCredential(ctx)
	if refused {
		r.refused = c
		return r.next()
	}
	if n > 1 {
		return r.next()
	}
	return Key("stale"), nil
}

func TestARefusedCredentialIsRenewedOnce(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status  int // of the handshake; 0 refuses after it
		header  string
		next    Credential
		dials   int32
		succeed bool
	}{
		"in the handshake":      {status: 401, next: Key("fresh"), dials: 2, succeed: true},
		"after the handshake":   {next: Key("fresh"), dials: 2, succeed: true},
		"the same again":        {status: 401, next: Key("stale"), dials: 1},
		"none":                  {status: 401, dials: 1},
		"refused again":         {status: 401, next: Key("stale too"), dials: 2},
		"refused again, inside": {next: Key("stale too"), dials: 2},
		"not allowed":           {status: 403, next: Key("fresh"), dials: 1},
		"the server says no":    {status: 401, header: "false", next: Key("fresh"), dials: 1},
		"the server says yes":   {status: 401, header: "true", next: Key("fresh"), dials: 2, succeed: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var dials atomic.Int32
			srv := live(t, false, func(w http.ResponseWriter, r *http.Request) bool {
				dials.Add(1)
				if r.Header.Get("Authorization") == "Bearer fresh" {
					return true
				}
				if tc.status != 0 {
					if tc.header != "" {
						w.Header().Set("X-Should-Retry", tc.header)
					}
					w.WriteHeader(tc.status)
					return false
				}
				ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
				if !assert.NoError(t, err) {
					return false
				}
				defer ws.Close()
				p := &peer{T: t, WS: ws, Req: r}
				p.Send(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"invalid_api_key","message":"no"}}`)
				p.Close(CloseUnauthorized, "invalid_api_key")
				return false
			}, nil)
			r := &renewing{}
			r.next = func() (Credential, error) {
				if tc.next.Equal(Key("stale too")) {
					return Key("stale " + strconv.Itoa(int(r.asked.Load()))), nil // Each time another one.
				}
				return tc.next, nil
			}
			c, err := NewClient(&Config{BaseURL: srv.URL, Credentials: r.credential})
			require.NoError(t, err)
			s, err := c.Connect(t.Context(), Model("m"), nil)
			assert.Equal(t, tc.dials, dials.Load())
			if tc.succeed {
				require.NoError(t, err)
				assert.True(t, r.refused.Equal(Key("stale")))
				require.NoError(t, s.Close())
				assert.EqualValues(t, 2, r.asked.Load())
				return
			}
			assert.True(t, IsUnauthorized(err), "%v", err)
			assert.LessOrEqual(t, r.asked.Load(), int32(2))
		})
	}
}

func TestARefusedRequestIsRepeatedWithAFreshCredential(t *testing.T) {
	t.Parallel()
	var seen []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		if r.Header.Get("Authorization") != "Bearer fresh" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"value":"ek_1","expires_at":1,"session":{"type":"realtime"}}`))
	}))
	t.Cleanup(srv.Close)
	next := Key("fresh")
	r := &renewing{next: func() (Credential, error) { return next, nil }}
	c, err := NewClient(&Config{BaseURL: srv.URL + "/v1", Credentials: r.credential})
	require.NoError(t, err)
	_, err = c.CreateClientSecret(t.Context(), &api.ClientSecretRequest{}, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"Bearer stale", "Bearer fresh"}, seen)

	seen, next = nil, Key("stale")
	_, err = c.CreateClientSecret(t.Context(), &api.ClientSecretRequest{}, nil)
	require.True(t, IsUnauthorized(err), "%v", err)
	assert.Len(t, seen, 1)
}

// TestReconnectionRenewsACredential loses a connection after its key was revoked.
func TestReconnectionRenewsACredential(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		c := script(t, func(p *peer) {
			keys = append(keys, p.Req.Header.Get("Authorization"))
			if p.N == 2 {
				p.Send(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"invalid_api_key","message":"no"}}`)
				p.Close(CloseUnauthorized, "invalid_api_key")
				return
			}
			p.Created()
			if p.N == 3 {
				p.Drain()
			}
		}, func(c *Config) {
			c.Credentials = func(ctx context.Context) (Credential, error) {
				if _, refused := RefusedCredential(ctx); refused {
					return Key("fresh"), nil
				}
				return Key("stale"), nil
			}
		})
		s := connect(t, c, &Options{Reconnect: &Reconnect{}})
		assert.Equal(t, 2, next[*Reconnected](t, s).Attempts)
		assert.Equal(t, []string{"Bearer stale", "Bearer stale", "Bearer fresh"}, keys)
	})
}

// TestCloseEndsAWaitForACredential closes a session whose reconnection waits for its
// program's credential.
func TestCloseEndsAWaitForACredential(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := make(chan struct{})
		first := true
		c := script(t, func(p *peer) { p.Created() }, func(c *Config) {
			c.Credentials = func(ctx context.Context) (Credential, error) {
				if first {
					first = false
					return Key("k"), nil
				}
				close(asked)
				<-ctx.Done()
				return Credential{}, ctx.Err()
			}
		})
		s := connect(t, c, &Options{CloseTimeout: time.Hour, Reconnect: &Reconnect{RestoreTimeout: -1}})
		s.Discard()
		<-asked
		begin := time.Now()
		require.NoError(t, s.Close())
		assert.Zero(t, time.Since(begin))
	})
}

func TestAFirstDialIsRepeatedIfAskedFor(t *testing.T) {
	t.Parallel()
	broken := func(p *peer) {
		p.Send(`{"type":"error","event_id":"e","error":{"type":"server_error","message":"later"}}`)
		p.Close(1011, "later")
	}
	refused := func(p *peer) {
		p.Send(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"model_not_found","message":"no"}}`)
		p.Close(CloseBadRequest, "no")
	}
	for name, tc := range map[string]struct {
		attempts int
		plays    []func(*peer) // the last one goes on
		dials    int
		succeed  bool
	}{
		"not asked for": {plays: []func(*peer){broken, accepts}, dials: 1},
		"broken":        {attempts: 3, plays: []func(*peer){broken, func(*peer) {}, accepts}, dials: 3, succeed: true},
		"bounded":       {attempts: 2, plays: []func(*peer){broken}, dials: 2},
		"hopeless":      {attempts: 3, plays: []func(*peer){refused, accepts}, dials: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, n := scriptNet(t, func(p *peer) { tc.plays[min(p.N, len(tc.plays))-1](p) })
				begin := time.Now()
				s, err := c.Connect(t.Context(), Model("m"), &Options{DialAttempts: tc.attempts})
				assert.Equal(t, tc.dials, n.Dials())
				if tc.dials > 1 {
					assert.GreaterOrEqual(t, time.Since(begin), 300*time.Millisecond)
				} else {
					assert.Zero(t, time.Since(begin))
				}
				if tc.succeed {
					require.NoError(t, err)
					require.NoError(t, s.Close())
					return
				}
				require.Error(t, err)
			})
		})
	}
}

// accepts plays a server that takes whatever comes.
func accepts(p *peer) { p.Created(); p.Drain() }

func TestARepeatedDialKeepsToServerAndContext(t *testing.T) {
	t.Parallel()
	var dials atomic.Int32
	srv := live(t, false, func(w http.ResponseWriter, _ *http.Request) bool {
		if dials.Add(1) > 1 {
			return true
		}
		w.Header().Set("Retry-After", strconv.Itoa(3600))
		w.WriteHeader(http.StatusServiceUnavailable)
		return false
	}, nil)
	c, err := NewClient(&Config{APIKey: "k", BaseURL: srv.URL})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	tap := &Tap{Dialed: func(time.Duration, error) { cancel() }}
	_, err = c.Connect(ctx, Model("m"), &Options{DialAttempts: 5, Taps: []*Tap{tap}})
	var refused *APIError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, http.StatusServiceUnavailable, refused.Status)
	assert.EqualValues(t, 1, dials.Load())

	raw, err := c.ConnectRaw(t.Context(), Model("m"), &Options{DialAttempts: 2})
	require.NoError(t, err)
	require.NoError(t, raw.Close())
}

func TestCredentialsAreCompared(t *testing.T) {
	t.Parallel()
	list := []Credential{{}, Key("a"), Key("b"), Token("a"), Basic("a", "b"), QueryKey("k", "a"), QueryKey("l", "a"), HeaderKey("k", "a"), HeaderKey("l", "a"), {as: noKey}}
	for i, a := range list {
		for j, b := range list {
			assert.Equal(t, i == j, a.Equal(b), "%d and %d", i, j)
		}
	}
	assert.True(t, Key("a").Equal(Key(" a ")))
}
