package calls_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// lossy is an http.RoundTripper that changes the answers to the requests whose path ends
// with an operation. The server has carried them out.
type lossy struct {
	http.RoundTripper

	operation string
	answer    func(*http.Response) (*http.Response, error)
}

func (l lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := l.RoundTripper.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, l.operation) {
		return res, err
	}
	_ = res.Body.Close()
	return l.answer(res)
}

// endless gives a response a body that is too large to be an answer of the API.
func endless(res *http.Response) (*http.Response, error) {
	res.ContentLength = -1
	res.Body = io.NopCloser(io.LimitReader(zeros{}, 1<<30))
	return res, nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestSupervisorOfACallInDoubt accepts and declines calls and loses the answers, or gets
// refusals. A call that may have been accepted costs money until it is hung up; one that
// was not keeps its caller waiting until it is declined.
func TestSupervisorOfACallInDoubt(t *testing.T) {
	t.Parallel()
	status := func(code int) func(*http.Response) (*http.Response, error) {
		return func(res *http.Response) (*http.Response, error) {
			res.StatusCode, res.Body = code, io.NopCloser(strings.NewReader("{}"))
			res.Header.Set("X-Should-Retry", "false")
			return res, nil
		}
	}
	tests := map[string]struct {
		f      trouble
		answer func(*http.Response) (*http.Response, error) // To accept.
		reject int                                          // The plan's.
		want   []string
		by     string
	}{
		"refused":              {f: trouble{"accept": {400}}, want: []string{"accept", "reject"}, by: realtimetest.EndRejected},
		"not carried out":      {f: trouble{"accept": {500, 500, 500}}, want: []string{"accept", "accept", "accept", "hangup", "reject"}, by: realtimetest.EndRejected},
		"carried out, 500":     {answer: status(500), want: []string{"accept", "hangup"}, by: realtimetest.EndHangup},
		"carried out, lost":    {answer: func(*http.Response) (*http.Response, error) { return nil, errors.New("lost") }, want: []string{"accept", "accept", "accept", "hangup"}, by: realtimetest.EndHangup},
		"carried out, endless": {answer: endless, want: []string{"accept", "hangup"}, by: realtimetest.EndHangup},
		"decline fails once":   {f: trouble{"reject": {400}}, reject: calls.StatusBusy, want: []string{"reject", "reject"}, by: realtimetest.EndRejected},
		"a redirect, refused":  {f: trouble{"accept": {300}}, want: []string{"accept", "reject"}, by: realtimetest.EndRejected},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv, client := setup(t, &realtimetest.Config{Intercept: test.f.intercept}, func(c *realtime.Config) {
					if test.answer != nil {
						c.HTTPClient = &http.Client{Transport: lossy{&http.Transport{DialContext: c.DialContext}, "accept", test.answer}}
					}
				})
				sup, h := supervised(t, client, &calls.SupervisorConfig{
					Plan: func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) {
						return &calls.Plan{Session: session(), Reject: test.reject}, nil
					},
				})
				call, err := srv.Ring(t.Context(), ringing(h))
				require.NoError(t, err)
				assert.Equal(t, test.by, ended(t, call).By)
				require.NoError(t, sup.Shutdown(t.Context()))
				requested(t, srv, test.want...)
			})
		})
	}
}
