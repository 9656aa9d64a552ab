package calls_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// answering starts Answer on a new goroutine.
func answering(ctx context.Context, client *calls.Client, in *api.RealtimeCallIncoming, p *calls.Plan) <-chan error {
	result := make(chan error, 1)
	go func() { result <- client.Answer(ctx, in, p) }()
	return result
}

func TestAnswerRunsACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := setup(t, &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{{Text: "hello"}}}}, nil)
		rings := ringing(nil)
		var in *api.RealtimeCallIncoming
		h := newHandler(t, &calls.HandlerConfig{Call: func(e *api.RealtimeCallIncoming) error { in = e; return nil }})
		rings.Client, rings.NotFound = &http.Client{Transport: direct{h}}, 2
		call, err := srv.Ring(t.Context(), rings)
		require.NoError(t, err)

		var digits strings.Builder
		result := answering(t.Context(), client, in, &calls.Plan{
			Session: session(),
			Run: func(ctx context.Context, c *calls.Call) error {
				assert.Equal(t, call.ID(), c.ID())
				assert.Equal(t, "<tel:+15550100>", c.Header("from"))
				mux := realtime.NewMux()
				realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.InputAudioBufferDTMFEventReceived) error {
					digits.WriteString(e.Event)
					return nil
				})
				realtime.On(mux, func(context.Context, *realtime.Session, *api.ResponseDone) error {
					call.HangUp()
					return nil
				})
				return mux.Run(ctx, c.Session)
			},
		})
		require.NoError(t, call.Press(t.Context(), "42#"))
		require.NoError(t, call.Say(t.Context(), realtimetest.Tone(time.Second)))
		require.NoError(t, <-result)
		assert.Equal(t, "42#", digits.String())
		assert.NotEmpty(t, call.Heard())
		assert.Equal(t, realtimetest.EndCaller, ended(t, call).By)
		requested(t, srv, "accept")
	})
}

// requested checks which operations the server has received.
func requested(t *testing.T, srv *realtimetest.Server, want ...string) {
	t.Helper()
	var got []string
	for _, r := range srv.Requests() {
		got = append(got, r.Path[strings.LastIndex(r.Path, "/")+1:])
	}
	assert.Equal(t, want, got)
}

func TestAnswerEndsACallAsRunSays(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	tests := map[string]struct {
		run   func(context.Context, *calls.Call) error
		f     trouble
		by    string
		error string
	}{
		"returns":   {run: func(context.Context, *calls.Call) error { return nil }, by: realtimetest.EndHangup},
		"hangs up":  {run: func(context.Context, *calls.Call) error { return calls.ErrHangUp }, by: realtimetest.EndHangup},
		"fails":     {run: func(context.Context, *calls.Call) error { return broken }, by: realtimetest.EndHangup, error: "broken"},
		"panics":    {run: func(context.Context, *calls.Call) error { panic("oh") }, by: realtimetest.EndHangup, error: "panicked: oh"},
		"closes":    {run: func(_ context.Context, c *calls.Call) error { return c.Session.Close() }, by: realtimetest.EndHangup},
		"transfers": {run: func(context.Context, *calls.Call) error { return calls.TransferTo("tel:+1") }, by: realtimetest.EndReferred},
		"transfer fails": {
			run: func(context.Context, *calls.Call) error { return calls.TransferTo("tel:+1") },
			f:   trouble{"refer": {500}}, by: realtimetest.EndHangup, error: "transfer: realtime: request failed",
		},
		"transfers nowhere": {
			run: func(context.Context, *calls.Call) error { return calls.TransferTo("nowhere") },
			by:  realtimetest.EndHangup, error: "not a tel: or sip:",
		},
		"from a handler": {run: func(ctx context.Context, c *calls.Call) error {
			mux := realtime.NewMux()
			realtime.On(mux, func(context.Context, *realtime.Session, *api.ResponseDone) error {
				return calls.TransferTo("sip:desk@example.com")
			})
			if err := c.Session.Send(ctx, &api.ResponseCreate{}); err != nil {
				return err
			}
			return mux.Run(ctx, c.Session)
		}, by: realtimetest.EndReferred},
		"with a server's error before": {run: func(ctx context.Context, c *calls.Call) error {
			mux := realtime.NewMux()
			realtime.On(mux, func(context.Context, *realtime.Session, *api.ResponseDone) error { return calls.ErrHangUp })
			if err := c.Session.Send(ctx, &api.InputAudioBufferCommit{}); err != nil {
				return err
			}
			if err := c.Session.Send(ctx, &api.ResponseCreate{}); err != nil {
				return err
			}
			return mux.Run(ctx, c.Session)
		}, by: realtimetest.EndHangup, error: "input_audio_buffer_commit_empty"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv, client := setup(t, &realtimetest.Config{Intercept: test.f.intercept}, nil)
				call, in := ring(t, srv)
				err := client.Answer(t.Context(), in, &calls.Plan{Session: session(), Run: test.run})
				if test.error == "" {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, test.error)
				}
				assert.Equal(t, test.by, ended(t, call).By)
			})
		})
	}
}

func TestAnswerLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		f        trouble
		notFound int
		by       string // If empty, the call keeps ringing.
	}{
		"accept refused":          {f: trouble{"accept": {400}}},
		"accept lost":             {f: trouble{"accept": {500, 500, 500}}}, // Hangup is refused too, because the call was not accepted.
		"no sideband":             {notFound: 1000, by: realtimetest.EndHangup},
		"hang up fails once":      {f: trouble{"hangup": {500}}, notFound: 1000, by: realtimetest.EndHangup},
		"hang up comes too late":  {f: trouble{"hangup": {404}}, notFound: 1000},
		"accept succeeds at last": {f: trouble{"accept": {429, 503}}, by: realtimetest.EndHangup},
		"sideband is found late":  {notFound: 3, by: realtimetest.EndHangup},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv, client := setup(t, &realtimetest.Config{Intercept: test.f.intercept}, nil)
				var in *api.RealtimeCallIncoming
				h := newHandler(t, &calls.HandlerConfig{Call: func(e *api.RealtimeCallIncoming) error { in = e; return nil }})
				rings := ringing(h)
				rings.NotFound = test.notFound
				call, err := srv.Ring(t.Context(), rings)
				require.NoError(t, err)
				err = client.Answer(t.Context(), in, &calls.Plan{
					Session: session(), Run: func(context.Context, *calls.Call) error { return nil },
				})
				assert.Equal(t, strings.HasSuffix(name, "last") || name == "sideband is found late", err == nil, "%v", err)
				if test.by != "" {
					assert.Equal(t, test.by, ended(t, call).By)
				}
			})
		})
	}
}

func TestAnswerEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := setup(t, nil, nil)
		call, in := ring(t, srv)
		ctx, cancel := context.WithCancelCause(t.Context())
		result := answering(ctx, client, in, &calls.Plan{Session: session()})
		_, err := call.Sideband(t.Context())
		require.NoError(t, err)
		reason := errors.New("the building is on fire")
		cancel(reason)
		require.ErrorIs(t, <-result, reason)
		assert.Equal(t, realtimetest.EndHangup, ended(t, call).By)
	})
}

func TestAnswerSeesALostSideband(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := setup(t, nil, nil)
		call, in := ring(t, srv)
		result := answering(t.Context(), client, in, &calls.Plan{Session: session()})
		conn, err := call.Sideband(t.Context())
		require.NoError(t, err)
		conn.Drop()
		require.Error(t, <-result)
		assert.Equal(t, realtimetest.EndHangup, ended(t, call).By, "the call itself continues")

		call, in = ring(t, srv)
		result = answering(t.Context(), client, in, &calls.Plan{Session: session()})
		_, err = call.Sideband(t.Context())
		require.NoError(t, err)
		call.HangUp()
		require.NoError(t, <-result)
	})
}

func TestAnswerDeclines(t *testing.T) {
	t.Parallel()
	srv, client := setup(t, nil, nil)
	call, in := ring(t, srv)
	require.NoError(t, client.Answer(t.Context(), in, &calls.Plan{Reject: calls.StatusBusy}))
	assert.Equal(t, realtimetest.End{By: realtimetest.EndRejected, Code: 486}, ended(t, call))
	require.ErrorIs(t, client.Answer(t.Context(), nil, nil), calls.ErrNoCallID)
	require.ErrorContains(t, client.Answer(t.Context(), in, nil), "plan is nil")
}
