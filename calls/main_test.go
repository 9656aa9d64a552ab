package calls_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// setup returns a test server that does not listen on a port, and a client that dials
// it. Inside a synctest bubble the test must close both.
func setup(t *testing.T, cfg *realtimetest.Config, change func(*realtime.Config)) (*realtimetest.Server, *calls.Client) {
	t.Helper()
	srv := realtimetest.New(cfg)
	c := &realtime.Config{APIKey: "sk-secret", BaseURL: srv.URL, Proxy: realtime.NoProxy, DialContext: srv.DialContext}
	if change != nil {
		change(c)
	}
	rt, err := realtime.NewClient(c)
	require.NoError(t, err)
	t.Cleanup(srv.Close)
	t.Cleanup(rt.CloseIdleConnections)
	client := calls.New(rt)
	t.Cleanup(client.Wait)
	return srv, client
}

// direct is an http.RoundTripper that calls a handler.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	_ = r.Body.Close()
	return w.Result(), nil
}

// ringing describes a call whose webhook is posted to h.
func ringing(h http.Handler) *realtimetest.Ringing {
	return &realtimetest.Ringing{
		URL: "http://app.example/hook", Secret: hookSecret, Client: &http.Client{Transport: direct{h}},
		From: "<tel:+15550100>", To: "<sip:desk@example.com>",
	}
}

// ring places a call and returns its event without handling it.
func ring(t *testing.T, srv *realtimetest.Server) (*realtimetest.PhoneCall, *api.RealtimeCallIncoming) {
	t.Helper()
	var in *api.RealtimeCallIncoming
	call, err := srv.Ring(t.Context(), ringing(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		e, err := api.DecodeWebhookEvent(body)
		require.NoError(t, err)
		in, _ = e.(*api.RealtimeCallIncoming)
	})))
	require.NoError(t, err)
	return call, in
}

// session returns the configuration with which calls are accepted.
func session() *api.RealtimeSessionConfig {
	return &api.RealtimeSessionConfig{Model: new(api.Model("gpt-realtime"))}
}

func ended(t *testing.T, call *realtimetest.PhoneCall) realtimetest.End {
	t.Helper()
	end, err := call.Ended(t.Context())
	require.NoError(t, err)
	return end
}
