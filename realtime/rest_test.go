package realtime_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/socket"
)

// faults plays one reply for each connection. A reply is what the wire
// carries after the request was read, and the connection is then closed.
type faults struct {
	replies []string

	mu   sync.Mutex
	got  []*http.Request
	body []string
	wg   sync.WaitGroup
}

// Replies with a meaning of their own.
const (
	noDial   = "the connection is refused"
	noAnswer = "nothing is ever answered"
	noRead   = "the request is not read"
)

func (f *faults) dial(context.Context, string, string) (net.Conn, error) {
	f.mu.Lock()
	reply := f.replies[0]
	if len(f.replies) > 1 {
		f.replies = f.replies[1:]
	}
	f.mu.Unlock()
	if reply == noDial {
		f.mu.Lock()
		f.got, f.body = append(f.got, nil), append(f.body, "")
		f.mu.Unlock()
		return nil, errors.New("connection refused")
	}
	near, far := net.Pipe()
	f.wg.Go(func() { f.serve(far, reply) })
	return near, nil
}

func (f *faults) serve(conn net.Conn, reply string) {
	defer func() { _ = conn.Close() }()
	if reply == noRead {
		f.mu.Lock()
		f.got, f.body = append(f.got, nil), append(f.body, "")
		f.mu.Unlock()
		return
	}
	r := bufio.NewReader(conn)
	req, err := http.ReadRequest(r)
	if err != nil {
		return
	}
	body, _ := io.ReadAll(req.Body)
	f.mu.Lock()
	f.got, f.body = append(f.got, req), append(f.body, string(body))
	f.mu.Unlock()
	if reply == noAnswer {
		_, _ = r.ReadByte() // Returns when the client gives up.
		return
	}
	_, _ = io.WriteString(conn, reply)
}

func (f *faults) client(t *testing.T, change func(*realtime.Config)) *realtime.Client {
	t.Helper()
	cfg := &realtime.Config{
		APIKey: "sk-secret", BaseURL: "http://localhost/v1", Proxy: realtime.NoProxy, DialContext: f.dial,
	}
	if change != nil {
		change(cfg)
	}
	c, err := realtime.NewClient(cfg)
	require.NoError(t, err)
	return c
}

// answer is a whole reply.
func answer(status int, header, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d X\r\nConnection: close\r\nX-Request-Id: req_1\r\n%sContent-Length: %d\r\n\r\n%s", status, header, len(body), body)
}

const (
	jsonType   = "Content-Type: application/json\r\n"
	secretBody = `{"value":"ek_1","expires_at":1800000000,"session":{"type":"realtime","id":"sess_1","object":"realtime.session"}}`
)

var secretAnswer = answer(200, jsonType, secretBody)

func failure(status int, header string) string {
	body := `{"error":{"type":"some_error","code":"some_code","param":"some.path","message":"bad key sk-secret"}}`
	return answer(status, jsonType+header, body)
}

// TestRequestFailures is the table of what can go wrong: how often is the
// request made, how long does that take, and what comes of it.
func TestRequestFailures(t *testing.T) {
	t.Parallel()
	within := func(lo, hi time.Duration) [2]time.Duration { return [2]time.Duration{lo, hi} }
	none := within(0, 0)
	first := within(250*time.Millisecond, 750*time.Millisecond)
	both := within(750*time.Millisecond, 2250*time.Millisecond)
	tests := map[string]struct {
		replies  []string
		once     bool // The request must not be carried out twice.
		attempts int
		took     [2]time.Duration
		status   int    // Of the APIError; 0 is none, -1 a socket.TransportError.
		says     string // Is in the error's text.
	}{
		"success":            {replies: []string{secretAnswer}, attempts: 1, took: none},
		"refused connection": {replies: []string{noDial, secretAnswer}, attempts: 2, took: first},
		"refused connection, once": {
			replies: []string{noDial, secretAnswer}, once: true, attempts: 2, took: first,
		},
		"refused for good": {replies: []string{noDial}, attempts: 3, took: both, status: -1, says: "connection refused"},
		"closed unanswered": {
			replies: []string{answer(500, "", "")[:0], secretAnswer}, attempts: 2, took: first,
		},
		"closed unanswered, once": {
			replies: []string{""}, once: true, attempts: 1, took: none, status: -1, says: "EOF",
		},
		"never answered":       {replies: []string{noAnswer, secretAnswer}, attempts: 2, took: within(10250*time.Millisecond, 10750*time.Millisecond)},
		"never answered, once": {replies: []string{noAnswer}, once: true, attempts: 1, took: within(10*time.Second, 10*time.Second), status: -1, says: "no answer within 10s"},
		"cut body":             {replies: []string{secretAnswer[:len(secretAnswer)-9], secretAnswer}, attempts: 2, took: first},
		"cut body, once":       {replies: []string{secretAnswer[:len(secretAnswer)-9]}, once: true, attempts: 1, took: none, status: -1, says: "unexpected EOF"},
		"no HTTP":              {replies: []string{"hello\r\n\r\n"}, attempts: 3, took: both, status: -1, says: "malformed HTTP response"},
		"another content type": {replies: []string{answer(200, "Content-Type: text/html\r\n", "<p>hi")}, attempts: 1, took: none, status: 200, says: "text/html"},
		"broken JSON":          {replies: []string{answer(200, jsonType, `{"value":`)}, attempts: 1, took: none, status: 200, says: "broken"},
		"no secret in it":      {replies: []string{answer(200, jsonType, `{}`)}, attempts: 1, took: none, status: 200, says: "no secret"},
		"too large":            {replies: []string{answer(200, jsonType, strings.Repeat(" ", 5<<20))}, attempts: 1, took: none, status: 200, says: "larger"},
		"redirect":             {replies: []string{answer(307, "Location: https://evil.example/\r\n", "")}, attempts: 1, took: none, status: 307, says: "redirects"},
		"400 with JSON":        {replies: []string{failure(400, "")}, attempts: 1, took: none, status: 400, says: "bad key REDACTED type=some_error code=some_code param=some.path request_id=req_1"},
		"400 with text":        {replies: []string{answer(400, "", "go away\r\nsk-secret")}, attempts: 1, took: none, status: 400, says: "status 400: go away REDACTED"},
		"400 with a string":    {replies: []string{answer(400, jsonType, `{"error":"no"}`)}, attempts: 1, took: none, status: 400, says: "status 400: no"},
		"400 with nothing":     {replies: []string{answer(400, "", "")}, attempts: 1, took: none, status: 400, says: "status 400 request_id"},
		"401":                  {replies: []string{failure(401, "")}, attempts: 1, took: none, status: 401, says: "status 401"},
		"404":                  {replies: []string{failure(404, "")}, attempts: 1, took: none, status: 404, says: "status 404"},
		"408":                  {replies: []string{failure(408, ""), secretAnswer}, once: true, attempts: 2, took: first},
		"409":                  {replies: []string{failure(409, ""), secretAnswer}, once: true, attempts: 2, took: first},
		"429":                  {replies: []string{failure(429, ""), secretAnswer}, once: true, attempts: 2, took: first},
		"429 for good":         {replies: []string{failure(429, "")}, once: true, attempts: 3, took: both, status: 429, says: "status 429"},
		"429 in seconds":       {replies: []string{failure(429, "Retry-After: 3\r\n"), secretAnswer}, attempts: 2, took: within(3*time.Second, 3750*time.Millisecond)},
		"429 in half seconds":  {replies: []string{failure(429, "Retry-After: 1.5\r\n"), secretAnswer}, attempts: 2, took: within(1500*time.Millisecond, 1875*time.Millisecond)},
		"429 in milliseconds":  {replies: []string{failure(429, "Retry-After-Ms: 40\r\nRetry-After: 9\r\n"), secretAnswer}, attempts: 2, took: within(40*time.Millisecond, 50*time.Millisecond)},
		"429 at a date":        {replies: []string{failure(429, "Retry-After: Sat, 01 Jan 2000 00:00:05 GMT\r\n"), secretAnswer}, attempts: 2, took: within(5*time.Second, 6*time.Second)},
		"429 at an old date":   {replies: []string{failure(429, "Retry-After: Fri, 31 Dec 1999 23:00:00 GMT\r\n"), secretAnswer}, attempts: 2, took: none},
		"429 at once":          {replies: []string{failure(429, "Retry-After: 0\r\n"), secretAnswer}, attempts: 2, took: none},
		"429 in nonsense":      {replies: []string{failure(429, "Retry-After: soon\r\n"), secretAnswer}, attempts: 2, took: first},
		"429 in the past":      {replies: []string{failure(429, "Retry-After: -5\r\n"), secretAnswer}, attempts: 2, took: first},
		"429 much later":       {replies: []string{failure(429, "Retry-After: 3600\r\n")}, attempts: 1, took: none, status: 429, says: "status 429"},
		"429 never":            {replies: []string{failure(429, "X-Should-Retry: false\r\n")}, attempts: 1, took: none, status: 429, says: "status 429"},
		"500":                  {replies: []string{failure(500, ""), secretAnswer}, attempts: 2, took: first},
		"500, once":            {replies: []string{failure(500, "")}, once: true, attempts: 1, took: none, status: 500, says: "status 500"},
		"501":                  {replies: []string{failure(501, "")}, attempts: 1, took: none, status: 501, says: "status 501"},
		"502 without JSON":     {replies: []string{answer(502, "Content-Type: text/html\r\n", "<h1>Bad gateway")}, attempts: 3, took: both, status: 502, says: "<h1>Bad gateway"},
		"503 then 504":         {replies: []string{failure(503, ""), failure(504, ""), secretAnswer}, attempts: 3, took: both},
		"huge failure":         {replies: []string{answer(500, "", strings.Repeat("x", 5<<20))}, once: true, attempts: 1, took: none, status: 500, says: "xxx…"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := &faults{replies: test.replies}
				client := f.client(t, func(c *realtime.Config) { c.RequestTimeout = 10 * time.Second })
				begin := time.Now()
				var err error
				if test.once {
					err = plainRequest(t, client)
				} else {
					_, err = client.CreateClientSecret(t.Context(), nil, nil)
				}
				took := time.Since(begin)
				client.CloseIdleConnections()
				f.wg.Wait()
				assert.Len(t, f.got, test.attempts)
				assert.GreaterOrEqual(t, took, test.took[0])
				assert.LessOrEqual(t, took, test.took[1])
				if test.status == 0 {
					require.NoError(t, err)
					return
				}
				require.ErrorContains(t, err, test.says)
				assert.NotContains(t, err.Error(), "sk-secret")
				e, isAPI := errors.AsType[*realtime.APIError](err)
				_, isTransport := errors.AsType[*socket.TransportError](err)
				assert.Equal(t, test.status > 0, isAPI)
				assert.Equal(t, test.status < 0, isTransport)
				if isAPI {
					assert.Equal(t, test.status, e.Status)
					assert.Equal(t, test.attempts, e.Attempts)
					assert.Equal(t, test.status < 300, errors.Is(err, realtime.ErrUnexpectedAnswer))
				}
			})
		})
	}
}

// plainRequest posts through the generated client, whose requests are not
// known to be repeatable.
func plainRequest(t *testing.T, client *realtime.Client) error {
	t.Helper()
	res, err := client.API().CreateClientSecret(t.Context(), api.ClientSecretRequest{})
	if err == nil {
		require.NoError(t, res.Body.Close())
	}
	return err
}

func TestRequestCarriesWhatTheClientHas(t *testing.T) {
	t.Parallel()
	f := &faults{replies: []string{secretAnswer}}
	client := f.client(t, func(c *realtime.Config) {
		c.BaseURL = "http://localhost/proxy/v1/?tenant=blue&model=x"
		c.Header = http.Header{"X-Trace": {"1"}}
		c.Organization, c.Project = "org_1", "proj_1"
	})
	o := &realtime.RequestOptions{Header: http.Header{"X-Call": {"2"}}, IdempotencyKey: "once"}
	_, err := client.CreateClientSecret(t.Context(), nil, o)
	require.NoError(t, err)
	f.wg.Wait()
	r := f.got[0]
	assert.Equal(t, "/proxy/v1/realtime/client_secrets?tenant=blue", r.RequestURI)
	assert.Equal(t, "Bearer sk-secret", r.Header.Get("Authorization"))
	for name, want := range map[string]string{
		"X-Trace": "1", "X-Call": "2", "Openai-Organization": "org_1", "Openai-Project": "proj_1",
		"Idempotency-Key": "once", "Content-Type": "application/json",
	} {
		assert.Equal(t, want, r.Header.Get(name), name)
	}
	assert.Equal(t, "{}", f.body[0])
}

func TestRequestToAzure(t *testing.T) {
	t.Parallel()
	f := &faults{replies: []string{secretAnswer}}
	client := f.client(t, func(c *realtime.Config) { c.Azure = &realtime.Azure{Endpoint: "http://localhost/"} })
	_, err := client.CreateClientSecret(t.Context(), nil, nil)
	require.NoError(t, err)
	f.wg.Wait()
	assert.Equal(t, "/openai/v1/realtime/client_secrets", f.got[0].RequestURI)
	assert.Equal(t, "sk-secret", f.got[0].Header.Get("Api-Key"))
	assert.Empty(t, f.got[0].Header.Get("Authorization"))
	_, err = client.CreateTranslationClientSecret(t.Context(), nil, nil)
	require.ErrorContains(t, err, "Azure offers no translation")
}

func TestRequestRefusesForeignAddresses(t *testing.T) {
	t.Parallel()
	f := &faults{replies: []string{secretAnswer}}
	client := f.client(t, nil)
	for _, address := range []string{
		"https://evil.example/v1/x", "http://localhost:81/v1/x", "https://localhost/v1/x", "http://localhost/v2/x",
		"http://localhost/v1", "http://localhost/v1/../v2/x", "http://localhost/v1/%2e%2e/x", "http://u:p@localhost/v1/x",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		require.NoError(t, err)
		res, err := client.Do(req)
		require.ErrorContains(t, err, "does not lie below", address)
		assert.Nil(t, res)
	}
	for _, name := range []string{"Authorization", "Api-Key"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/v1/x", http.NoBody)
		require.NoError(t, err)
		req.Header.Set(name, "x")
		res, err := client.Do(req)
		require.ErrorContains(t, err, "cannot be set", name)
		assert.Nil(t, res)
	}
	assert.Empty(t, f.got)
}

func TestRequestOptionsBoundARequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &faults{replies: []string{noAnswer}}
		client := f.client(t, nil)
		begin := time.Now()
		_, err := client.CreateClientSecret(t.Context(), nil, &realtime.RequestOptions{Timeout: time.Second, Retries: -1})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(begin))
		f.wg.Wait()
		assert.Len(t, f.got, 1)
		e, ok := errors.AsType[*socket.TransportError](err)
		require.True(t, ok)
		assert.True(t, e.Timeout())
	})
}

func TestRequestEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &faults{replies: []string{failure(429, "Retry-After: 20\r\n")}}
		client := f.client(t, nil)
		// A wait that the context cannot outlast is not begun.
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begin := time.Now()
		_, err := client.CreateClientSecret(ctx, nil, nil)
		e, ok := errors.AsType[*realtime.APIError](err)
		require.True(t, ok)
		assert.Equal(t, 20*time.Second, e.RetryAfter)
		assert.Zero(t, time.Since(begin))
		// One that is cut short tells both what happened and why it ended.
		ctx, stop := context.WithCancelCause(t.Context())
		reason := errors.New("the user left")
		time.AfterFunc(time.Second, func() { stop(reason) })
		_, err = client.CreateClientSecret(ctx, nil, nil)
		require.ErrorIs(t, err, reason)
		_, ok = errors.AsType[*realtime.APIError](err)
		assert.True(t, ok)
		f.wg.Wait()
	})
}

func TestRequestAsksForACredentialEachTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &faults{replies: []string{failure(429, ""), secretAnswer}}
		asked := 0
		client := f.client(t, func(c *realtime.Config) {
			c.Credentials = func(context.Context) (realtime.Credential, error) {
				asked++
				if asked == 3 {
					return realtime.Credential{}, errors.New("the vault is closed")
				}
				return realtime.Token(fmt.Sprintf("token-%d", asked)), nil
			}
		})
		_, err := client.CreateClientSecret(t.Context(), nil, nil)
		require.NoError(t, err)
		assert.Equal(t, "Bearer token-2", f.got[1].Header.Get("Authorization"))
		_, err = client.CreateClientSecret(t.Context(), nil, nil)
		_, ok := errors.AsType[*realtime.CredentialError](err)
		assert.True(t, ok, "%v", err)
		assert.Equal(t, 3, asked)
		f.wg.Wait()
	})
}

// roundTripper is a transport of the caller's choice, which tells no trace.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRequestThroughAForeignTransport(t *testing.T) {
	t.Parallel()
	calls := 0
	hc := &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		calls++
		return nil, errors.New("broken")
	})}
	client := (&faults{}).client(t, func(c *realtime.Config) { c.HTTPClient = hc })
	require.ErrorContains(t, plainRequest(t, client), "broken")
	assert.Equal(t, 1, calls, "nobody knows whether it was sent")
}

func TestRequestsReuseConnections(t *testing.T) {
	t.Parallel()
	// On a real clock net/http gives a connection up whose writer has had no
	// turn for 50 ms.
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(nil)
		defer srv.Close()
		dials := 0
		client := (&faults{}).client(t, func(c *realtime.Config) {
			c.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				dials++
				return srv.DialContext(ctx, network, addr)
			}
		})
		defer client.CloseIdleConnections()
		for range 5 {
			_, err := client.CreateClientSecret(t.Context(), nil, nil)
			require.NoError(t, err)
			res, err := client.API().HangupCall(t.Context(), "rtc_none")
			require.Error(t, err)
			assert.Nil(t, res)
		}
		assert.Equal(t, 1, dials)
	})
}

func TestSecretOpensASession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{Credentials: func(c realtimetest.Credential) error {
			if c.Key != "sk-secret" {
				return errors.New("unknown key")
			}
			return nil
		}})
		defer srv.Close()
		here := func(c *realtime.Config) { c.DialContext = srv.DialContext }
		client := (&faults{}).client(t, here)
		defer client.CloseIdleConnections()
		secret, err := client.CreateClientSecret(t.Context(), &api.ClientSecretRequest{
			Session: &api.RealtimeSessionConfig{Model: new(api.ModelGPTRealtime), Instructions: new("Sing.")},
		}, nil)
		require.NoError(t, err)
		assert.Equal(t, 600*time.Second, time.Until(secret.Expires()), "the default")
		device := (&faults{}).client(t, func(c *realtime.Config) { here(c); c.APIKey = secret.Value() })
		s, err := device.Connect(t.Context(), realtime.Model(api.ModelGPTRealtime), nil)
		require.NoError(t, err)
		current, ok := s.Current().(*api.RealtimeSession)
		require.True(t, ok)
		assert.Equal(t, "Sing.", *current.Instructions)
		require.NoError(t, s.Close())

		time.Sleep(time.Until(secret.Expires()))
		_, err = device.Connect(t.Context(), realtime.Model(api.ModelGPTRealtime), nil)
		e, ok := errors.AsType[*realtime.ServerError](err)
		require.True(t, ok, "%v", err)
		assert.True(t, e.IsUnauthorized())
	})
}
