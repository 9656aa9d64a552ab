package calls_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

func newHandler(t *testing.T, cfg *calls.HandlerConfig) *calls.Handler {
	t.Helper()
	w, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{hookSecret}})
	require.NoError(t, err)
	cfg.Webhook = w
	h, err := calls.NewHandler(cfg)
	require.NoError(t, err)
	return h
}

const incoming = `{"id":"evt_1","type":"realtime.call.incoming","created_at":1,"data":{"call_id":"rtc_1","sip_headers":[]}}`

// deliver posts a signed body and returns the status.
func deliver(t *testing.T, h http.Handler, id, body string) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
	r.Header = realtimetest.SignWebhook(hookSecret, id, time.Now(), []byte(body))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// brokenBody returns an error in the middle of a body.
type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestHandlerRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		request func() *http.Request
		status  int
		says    error
	}{
		"GET": {func() *http.Request { return httptest.NewRequest(http.MethodGet, "/", http.NoBody) }, 405, calls.ErrMethod},
		"too large": {func() *http.Request {
			return httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", 2000)))
		}, 413, calls.ErrBodyTooLarge},
		"cut": {func() *http.Request { return httptest.NewRequest(http.MethodPost, "/", brokenBody{}) }, 400, calls.ErrBody},
		"unsigned": {func() *http.Request {
			return httptest.NewRequest(http.MethodPost, "/", strings.NewReader(incoming))
		}, 401, calls.ErrNoWebhookID},
		"no event": {func() *http.Request {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))
			r.Header = realtimetest.SignWebhook(hookSecret, "1", time.Now(), []byte("{}"))
			return r
		}, 400, calls.ErrEvent},
		"no call": {func() *http.Request {
			body := strings.Replace(incoming, "rtc_1", "", 1)
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
			r.Header = realtimetest.SignWebhook(hookSecret, "1", time.Now(), []byte(body))
			return r
		}, 400, calls.ErrEvent},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log strings.Builder
			h := newHandler(t, &calls.HandlerConfig{
				MaxBody: 1000, Logger: slog.New(slog.NewTextHandler(&log, nil)),
				Call: func(*api.RealtimeCallIncoming) error { return errors.New("called for a refused webhook") },
			})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, test.request())
			assert.Equal(t, test.status, w.Code)
			assert.Equal(t, test.status == http.StatusMethodNotAllowed, w.Header().Get("Allow") == http.MethodPost)
			assert.Contains(t, log.String(), test.says.Error())
			assert.NotContains(t, w.Body.String(), "calls:", "the reason is not sent")
		})
	}
	_, err := calls.NewHandler(nil)
	require.Error(t, err)
}

func TestHandlerDropsDuplicates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []string
		fail := errors.New("not now")
		h := newHandler(t, &calls.HandlerConfig{Call: func(in *api.RealtimeCallIncoming) error {
			got = append(got, in.Data.CallID)
			return fail
		}})
		assert.Equal(t, 503, deliver(t, h, "wh_1", incoming), "the event was not accepted")
		fail = nil
		assert.Equal(t, 200, deliver(t, h, "wh_1", incoming), "delivered again")
		assert.Equal(t, 200, deliver(t, h, "wh_1", incoming), "and dropped")
		assert.Len(t, got, 2)
		assert.Equal(t, 200, deliver(t, h, "wh_2", incoming))
		assert.Len(t, got, 3)
		time.Sleep(calls.DefaultTolerance)
		assert.Equal(t, 200, deliver(t, h, "wh_1", incoming))
		assert.Len(t, got, 3, "still remembered")
		time.Sleep(calls.DefaultTolerance)
		assert.Equal(t, 200, deliver(t, h, "wh_1", incoming))
		assert.Len(t, got, 3, "a timestamp ahead by the tolerance is still valid")
		time.Sleep(time.Second)
		assert.Equal(t, 200, deliver(t, h, "wh_1", incoming))
		assert.Len(t, got, 4, "forgotten")
	})
}

func TestHandlerAnswersBeforeTheWork(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	got := make(chan string, 10)
	h := newHandler(t, &calls.HandlerConfig{MaxEvents: 2, Event: func(ctx context.Context, e api.WebhookEvent) {
		got <- e.EventType()
		select {
		case <-release:
		case <-ctx.Done():
			got <- context.Cause(ctx).Error()
		}
	}})
	require.Equal(t, 200, deliver(t, h, "1", incoming))
	require.Equal(t, 200, deliver(t, h, "2", `{"type":"something.new","data":{}}`))
	assert.Equal(t, 503, deliver(t, h, "3", incoming), "too many events")
	assert.ElementsMatch(t, []string{"realtime.call.incoming", "something.new"}, []string{<-got, <-got})

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, h.Shutdown(ctx), context.Canceled)
	assert.Equal(t, calls.ErrShutdown.Error(), <-got)
	assert.Equal(t, 503, deliver(t, h, "4", incoming))
	require.NoError(t, h.Shutdown(t.Context()), "second Shutdown")
	close(release)
}

// TestHandlerRunsOneGoroutineForAnEvent runs alone: it counts the goroutines of all
// handlers.
func TestHandlerRunsOneGoroutineForAnEvent(t *testing.T) {
	const events = 5
	began, release := make(chan struct{}, events), make(chan struct{})
	h := newHandler(t, &calls.HandlerConfig{Event: func(context.Context, api.WebhookEvent) {
		began <- struct{}{}
		<-release
	}})
	done := sync.OnceFunc(func() { close(release) })
	defer done()
	for i := range events {
		require.Equal(t, 200, deliver(t, h, strconv.Itoa(i), incoming))
		<-began
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	assert.Equal(t, events, strings.Count(string(stacks), "created by github.com/voicelane/realtime-go/calls.(*Handler).pass"), "%s", stacks)
	done()
	require.NoError(t, h.Shutdown(t.Context()))
}

func TestHandlerSurvivesAPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		h := newHandler(t, &calls.HandlerConfig{
			MaxEvents: 1, Logger: slog.New(slog.NewTextHandler(&log, nil)),
			Event: func(context.Context, api.WebhookEvent) { panic("oh") },
		})
		for _, id := range []string{"1", "2", "3"} {
			require.Equal(t, 200, deliver(t, h, id, incoming))
			synctest.Wait()
		}
		require.NoError(t, h.Shutdown(t.Context()))
		assert.Equal(t, 3, strings.Count(log.String(), "panic=oh"), "%s", log.String())
	})
}

// TestHandlerLosesNoCall: whatever becomes of one delivery, the event is handled or
// delivered again.
func TestHandlerLosesNoCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var call func() error
		var handled int
		h := newHandler(t, &calls.HandlerConfig{Call: func(*api.RealtimeCallIncoming) error {
			handled++
			return call()
		}})
		call = func() error { panic("oh") }
		assert.Equal(t, 503, deliver(t, h, "wh_1", incoming))
		assert.Equal(t, 503, deliver(t, h, "wh_1", incoming), "not taken for handled")

		release := make(chan error)
		call = func() error { return <-release }
		statuses := make(chan int)
		for _, result := range []error{errors.New("no database"), nil} {
			go func() { statuses <- deliver(t, h, "wh_1", incoming) }()
			synctest.Wait()
			before := handled
			assert.Equal(t, 503, deliver(t, h, "wh_1", incoming), "beside an unfinished delivery")
			assert.Equal(t, before, handled)
			release <- result
			assert.Equal(t, map[bool]int{true: 200, false: 503}[result == nil], <-statuses)
		}
		assert.Equal(t, 200, deliver(t, h, "wh_1", incoming))
		assert.Equal(t, 4, handled)
	})
}

// TestHandlerLeavesTheLiveAPIAlone: one call can raise webhooks of two APIs.
func TestHandlerLeavesTheLiveAPIAlone(t *testing.T) {
	t.Parallel()
	var lines strings.Builder
	called := false
	h := newHandler(t, &calls.HandlerConfig{
		Call:   func(*api.RealtimeCallIncoming) error { called = true; return nil },
		Logger: slog.New(slog.NewTextHandler(&lines, nil)),
	})
	assert.Equal(t, 200, deliver(t, h, "1", `{"id":"evt_1","type":"live.transport.incoming","created_at":1,"data":{"session_id":"live_1","type":"sip","sip_headers":[{"name":"From","value":"+15550100"}]}}`))
	assert.Equal(t, 200, deliver(t, h, "2", `{"id":"evt_2","type":"live.call.incoming","created_at":1,"data":{}}`))
	assert.False(t, called)
	assert.Contains(t, lines.String(), "realtime.call.incoming only")
	assert.Contains(t, lines.String(), "type=live.transport.incoming")
	assert.NotContains(t, lines.String(), "15550100")
}

func TestHandlersShutdownIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := newHandler(t, &calls.HandlerConfig{Event: func(context.Context, api.WebhookEvent) { <-release }})
		require.Equal(t, 200, deliver(t, h, "1", incoming))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		err := h.Shutdown(ctx)
		assert.Equal(t, 6*time.Second, time.Since(begin))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		stuck := &calls.StuckError{}
		require.ErrorAs(t, err, &stuck)
		assert.Equal(t, 1, stuck.Events)
		require.ErrorContains(t, err, "1 Event func")
		close(release)
		require.NoError(t, h.Shutdown(t.Context()))
	})
}
