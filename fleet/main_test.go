package fleet_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/fleet/inproc"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestMain(m *testing.M) {
	fleet.AllowShortLeases()
	if text := os.Getenv(orderEnv); text != "" {
		os.Exit(obey(text))
	}
	os.Exit(m.Run())
}

// lease is for tests that wait for its end; a machine that is busy may lose it before.
const lease = 1500 * time.Millisecond

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// natsServer starts a server in this process.
func natsServer(t *testing.T) *nats.Conn {
	t.Helper()
	s, err := inproc.Start(t.Context(), t.TempDir())
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s.Conn
}

func open(t *testing.T, cfg *fleet.Config) *fleet.Fleet {
	t.Helper()
	one := *cfg
	if one.Shards == 0 {
		one.Shards = 1 // Tests look into its stream.
	}
	f, err := fleet.Open(t.Context(), &one)
	require.NoError(t, err)
	t.Cleanup(f.Close)
	return f
}

// service returns a Realtime server that keeps the calls, and a client of it.
func service(t *testing.T, cfg *realtimetest.Config) (*realtimetest.Server, *calls.Client) {
	t.Helper()
	srv := realtimetest.NewServer(cfg)
	t.Cleanup(srv.Close)
	return srv, client(t, srv.URL)
}

func client(t *testing.T, url string) *calls.Client {
	t.Helper()
	rt, err := realtime.NewClient(&realtime.Config{APIKey: "sk-secret", BaseURL: url, Proxy: realtime.NoProxy})
	require.NoError(t, err)
	t.Cleanup(rt.CloseIdleConnections)
	return calls.New(rt)
}

// hook serves the webhook of f.
func hook(t *testing.T, f *fleet.Fleet) *httptest.Server {
	t.Helper()
	verifier, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{hookSecret}})
	require.NoError(t, err)
	h, err := calls.NewHandler(&calls.HandlerConfig{Webhook: verifier, Call: f.Offer})
	require.NoError(t, err)
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

func ring(t *testing.T, srv *realtimetest.Server, url string) *realtimetest.PhoneCall {
	t.Helper()
	c, err := srv.Ring(t.Context(), &realtimetest.Ringing{
		URL: url, Secret: hookSecret, Client: http.DefaultClient, From: "<tel:+15550100>", To: "<sip:desk@example.com>",
	})
	require.NoError(t, err)
	return c
}

// incoming places a call, and returns its event without handling it.
func incoming(t *testing.T, srv *realtimetest.Server) (*realtimetest.PhoneCall, []byte) {
	t.Helper()
	events := make(chan []byte, 1)
	h := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		events <- body
	}))
	defer h.Close()
	call := ring(t, srv, h.URL)
	return call, <-events
}

func session() *api.RealtimeSessionConfig {
	return &api.RealtimeSessionConfig{Model: new(api.Model("gpt-realtime"))}
}

// working is a Work that runs.
type working struct {
	fleet  *fleet.Fleet
	stop   func()
	result chan error
	ended  chan ended
}

type ended struct {
	job *fleet.Job
	err error
}

// work starts a worker, which ends with the test.
func work(t *testing.T, f *fleet.Fleet, c *calls.Client, w *fleet.Worker) *working {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	x := &working{fleet: f, stop: cancel, result: make(chan error, 1), ended: make(chan ended, 100)}
	w.Ended = func(j *fleet.Job, err error) { x.ended <- ended{j, err} }
	go func() { x.result <- f.Work(ctx, c, w) }()
	t.Cleanup(func() {
		cancel()
		x.wait(t)
	})
	return x
}

// wait waits for the end of the worker.
func (x *working) wait(t *testing.T) {
	t.Helper()
	select {
	case err := <-x.result:
		require.NoError(t, err)
		x.result <- nil
	case <-time.After(30 * time.Second):
		t.Error("Work does not return")
	}
}

// runs is a plan whose Run waits for the end of the call, and shows each call to the test.
type runs struct {
	calls chan run
}

type run struct {
	job  *fleet.Job
	call *calls.Call
	by   string
	end  chan error // what Run returns
}

func newRuns() *runs { return &runs{calls: make(chan run, 100)} }

func (r *runs) plan(by string) func(context.Context, *fleet.Job) (*calls.Plan, error) {
	return func(_ context.Context, job *fleet.Job) (*calls.Plan, error) {
		return &calls.Plan{Session: session(), Run: func(ctx context.Context, call *calls.Call) error {
			x := run{job, call, by, make(chan error, 1)}
			r.calls <- x
			call.Session.Discard()
			select {
			case err := <-x.end:
				return err
			case <-call.Session.Done():
				return call.Session.Err()
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}}, nil
	}
}

func next[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(30 * time.Second):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}
