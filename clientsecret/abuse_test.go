package clientsecret_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/clientsecret"
)

// byHeader takes the user from a header.
func byHeader(c *clientsecret.Config) {
	c.Authorize = func(r *http.Request) (string, error) { return r.Header.Get("User"), nil }
}

func TestEachUserHasALimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		h, _ := handler(t, v, func(c *clientsecret.Config) {
			byHeader(c)
			c.Burst, c.Every = 2, 10*time.Second
		})
		ask := func(user string) *httptest.ResponseRecorder {
			return post(t, h, func(r *http.Request) { r.Header.Set("User", user) })
		}
		assert.Equal(t, 200, ask("ann").Code)
		time.Sleep(time.Second)
		assert.Equal(t, 200, ask("ann").Code)
		for range 3 { // Refusals do not count.
			w := ask("ann")
			assert.Equal(t, http.StatusTooManyRequests, w.Code)
			assert.Equal(t, "9", w.Header().Get("Retry-After"))
			assert.Contains(t, failure(t, w).Message, "Try again in 9 s")
		}
		assert.Equal(t, 200, ask("bob").Code, "others are not affected")
		time.Sleep(9 * time.Second)
		assert.Equal(t, 200, ask("ann").Code)
		assert.Equal(t, 429, ask("ann").Code)
		time.Sleep(time.Hour)
		assert.Equal(t, 200, ask("ann").Code)
		assert.Equal(t, 200, ask("ann").Code)
		assert.Equal(t, 429, ask("ann").Code, "what was not used is not saved up")
	})
}

func TestTheLimitCanBeRemoved(t *testing.T) {
	t.Parallel()
	h, _ := handler(t, newVendor(), func(c *clientsecret.Config) { c.Burst = -1 })
	for range 50 {
		assert.Equal(t, 200, post(t, h, nil).Code)
	}
}

// More requests than MaxPending do not wait for the API.
func TestPendingRequestsAreBounded(t *testing.T) {
	t.Parallel()
	v := newVendor()
	release := make(chan struct{})
	v.wait = func(context.Context) error { <-release; return nil }
	h, _ := handler(t, v, func(c *clientsecret.Config) { byHeader(c); c.MaxPending = 3 })
	ask := func(user int) *httptest.ResponseRecorder {
		return post(t, h, func(r *http.Request) { r.Header.Set("User", strconv.Itoa(user)) })
	}
	var waiting sync.WaitGroup
	for user := range 3 {
		waiting.Go(func() { assert.Equal(t, 200, ask(user).Code) })
	}
	for range 3 {
		<-v.calls
	}
	w := ask(3)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, clientsecret.CodeBusy, failure(t, w).Code)
	assert.Equal(t, "1", w.Header().Get("Retry-After"))
	close(release)
	waiting.Wait()
	assert.Equal(t, 200, ask(4).Code, "their places are free again")
}

// A user that is refused as busy has had no secret, and may have the whole burst later.
func TestBusyDoesNotCount(t *testing.T) {
	t.Parallel()
	v := newVendor()
	release := make(chan struct{})
	v.wait = func(context.Context) error { <-release; return nil }
	h, _ := handler(t, v, func(c *clientsecret.Config) { byHeader(c); c.MaxPending, c.Burst, c.Every = 1, 2, time.Hour })
	ask := func(user string) int {
		return post(t, h, func(r *http.Request) { r.Header.Set("User", user) }).Code
	}
	var waiting sync.WaitGroup
	waiting.Go(func() { assert.Equal(t, 200, ask("ann")) })
	<-v.calls
	for range 3 {
		assert.Equal(t, http.StatusServiceUnavailable, ask("bob"))
	}
	close(release)
	waiting.Wait()
	assert.Equal(t, 200, ask("bob"))
	assert.Equal(t, 200, ask("bob"))
	assert.Equal(t, http.StatusTooManyRequests, ask("bob"))
}

// Requests that the API fails count, so that repeating them does not burden it.
func TestFailuresOfTheAPICount(t *testing.T) {
	t.Parallel()
	v := newVendor()
	v.status = http.StatusInternalServerError
	h, _ := handler(t, v, func(c *clientsecret.Config) { c.Burst, c.Every = 2, time.Hour })
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusTooManyRequests} {
		assert.Equal(t, want, post(t, h, nil).Code)
	}
}

// A burst of one user at the same time gets no more than the limit.
func TestTheLimitHoldsAtTheSameTime(t *testing.T) {
	t.Parallel()
	v := newVendor()
	h, _ := handler(t, v, func(c *clientsecret.Config) { c.Burst, c.Every, c.MaxPending = 5, time.Hour, 100 })
	var asking sync.WaitGroup
	for range 40 {
		asking.Go(func() { post(t, h, nil) })
	}
	asking.Wait()
	got, _ := v.requests()
	assert.Len(t, got, 5)
}

func TestTheAPIIsNotWaitedForLongerThanTheTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		v.wait = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		h, _ := handler(t, v, func(c *clientsecret.Config) { c.Timeout = 5 * time.Second })
		began := time.Now()
		w := post(t, h, nil)
		assert.Equal(t, 5*time.Second, time.Since(began))
		assert.Equal(t, clientsecret.CodeUnavailable, failure(t, w).Code)
	})
}

// A middleware's deadline ends the request while the page waits for an answer.
func TestADeadlineOfTheServerIsAnswered(t *testing.T) {
	t.Parallel()
	wait := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for name, change := range map[string]func(*vendor, *clientsecret.Config){
		"API": func(v *vendor, _ *clientsecret.Config) { v.wait = wait },
		"Authorize": func(_ *vendor, c *clientsecret.Config) {
			c.Authorize = func(r *http.Request) (string, error) { return "ann", wait(r.Context()) }
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			v := newVendor()
			h, log := handler(t, v, func(c *clientsecret.Config) { change(v, c) })
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			w := post(t, h, func(r *http.Request) { *r = *r.WithContext(ctx) })
			assert.Equal(t, http.StatusServiceUnavailable, w.Code, name)
			assert.Equal(t, clientsecret.CodeUnavailable, failure(t, w).Code, name)
			assert.Contains(t, log.String(), `"code":"unavailable"`, name)
		})
	}
}

func TestAPageThatLeavesEndsItsRequest(t *testing.T) {
	t.Parallel()
	v := newVendor()
	v.wait = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	h, log := handler(t, v, nil)
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-v.calls; leave() }()
	w := post(t, h, func(r *http.Request) { *r = *r.WithContext(ctx) })
	assert.Empty(t, w.Body.String())
	assert.Empty(t, log.String())
}

// pipes is a listener whose connections are made by dial, for tests in a bubble.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.once.Do(func() { close(p.closed) }); return nil }

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// serve serves a handler and returns the client's end of a connection to it.
func serve(t *testing.T, h http.Handler) net.Conn {
	t.Helper()
	l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	var running sync.WaitGroup
	running.Go(func() { _ = srv.Serve(l) })
	near, far := net.Pipe()
	l.conns <- far
	t.Cleanup(func() { _ = near.Close(); _ = srv.Close(); running.Wait() })
	return near
}

const page = "Host: example.com\r\nOrigin: http://example.com\r\nSec-Fetch-Site: same-origin\r\n"

// The body of a request is announced and never comes: the page has its secret at once, and
// the connection ends.
func TestASlowBodyIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, _ := handler(t, newVendor(), nil)
		conn := serve(t, h)
		began := time.Now()
		_, err := io.WriteString(conn, "POST /secret HTTP/1.1\r\n"+page+"Content-Length: 4000\r\n\r\n")
		require.NoError(t, err)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		assert.Equal(t, 200, res.StatusCode)
		assert.Zero(t, time.Since(began))
		assert.True(t, res.Close)
	})
}

// A func that reads the body is bounded by the timeout.
func TestASlowBodyIsReadUntilTheTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		read := make(chan error, 1)
		h, _ := handler(t, v, func(c *clientsecret.Config) {
			c.Timeout = 5 * time.Second
			c.Authorize = func(r *http.Request) (string, error) {
				_, err := io.ReadAll(r.Body)
				read <- err
				return "", err
			}
		})
		conn := serve(t, h)
		began := time.Now()
		_, err := io.WriteString(conn, "POST /secret HTTP/1.1\r\n"+page+"Content-Length: 4000\r\n\r\n{")
		require.NoError(t, err)
		require.Error(t, <-read)
		assert.Equal(t, 5*time.Second, time.Since(began))
		got, _ := v.requests()
		assert.Empty(t, got)
	})
}

// A page that asks and never reads does not keep its connection.
func TestASlowReaderIsLetGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, _ := handler(t, newVendor(), func(c *clientsecret.Config) { c.Timeout = 5 * time.Second })
		conn := serve(t, h)
		_, err := io.WriteString(conn, "POST /secret HTTP/1.1\r\n"+page+"\r\n")
		require.NoError(t, err)
		time.Sleep(10 * time.Second)
		_, err = http.ReadResponse(bufio.NewReader(conn), nil)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
}

// Deadlines of one request do not end the connection before the next one.
func TestAConnectionIsUsedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, _ := handler(t, newVendor(), func(c *clientsecret.Config) { c.Timeout = 5 * time.Second })
		conn := serve(t, h)
		r := bufio.NewReader(conn)
		for range 2 {
			_, err := io.WriteString(conn, "POST /secret HTTP/1.1\r\n"+page+"\r\n")
			require.NoError(t, err)
			res, err := http.ReadResponse(r, nil)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, res.Body)
			require.NoError(t, errors.Join(err, res.Body.Close()))
			assert.Equal(t, 200, res.StatusCode)
			time.Sleep(20 * time.Second)
		}
	})
}
