package calls_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// served runs calls.Serve with a plan, and returns a call that it answers.
func served(ctx context.Context, t *testing.T, cfg *calls.ServeConfig) (call *realtimetest.PhoneCall, done chan error) {
	t.Helper()
	srv := realtimetest.NewServer(nil)
	t.Cleanup(srv.Close)
	rt, err := realtime.NewClient(&realtime.Config{BaseURL: srv.URL, APIKey: "any", Proxy: realtime.NoProxy})
	require.NoError(t, err)
	t.Cleanup(rt.CloseIdleConnections)
	cfg.Webhook, err = calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{hookSecret}})
	require.NoError(t, err)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done = make(chan error, 1)
	go func() { done <- calls.Serve(ctx, l, calls.New(rt), cfg) }()
	client := &http.Client{}
	t.Cleanup(client.CloseIdleConnections)
	call, err = srv.Ring(t.Context(), &realtimetest.Ringing{URL: "http://" + l.Addr().String(), Secret: hookSecret, Client: client})
	require.NoError(t, err)
	require.NoError(t, call.Answered(t.Context()))
	return call, done
}

func TestServeAnswersCallsAndWaitsForThem(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	finish := make(chan struct{})
	call, done := served(ctx, t, &calls.ServeConfig{Plan: func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) {
		return &calls.Plan{Session: session(), Run: func(context.Context, *calls.Call) error { <-finish; return nil }}, nil
	}})
	stop()
	select {
	case err := <-done:
		assert.Fail(t, "the call runs", "%v", err)
	default:
	}
	close(finish)
	require.NoError(t, <-done)
	assert.Equal(t, realtimetest.EndHangup, ended(t, call).By)
}

func TestServeHangsUpWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	begun, why := make(chan struct{}), make(chan error, 1)
	call, done := served(ctx, t, &calls.ServeConfig{Patience: -1, Plan: func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) {
		return &calls.Plan{Session: session(), Run: func(ctx context.Context, _ *calls.Call) error {
			close(begun)
			<-ctx.Done()
			why <- context.Cause(ctx)
			return ctx.Err()
		}}, nil
	}})
	<-begun
	stop()
	require.NoError(t, <-done)
	require.ErrorIs(t, <-why, calls.ErrShutdown)
	assert.Equal(t, realtimetest.EndHangup, ended(t, call).By)
}

func TestServeReturnsWhatItCannotServe(t *testing.T) {
	t.Parallel()
	_, client := setup(t, nil, nil)
	listen := func() net.Listener {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		return l
	}
	require.ErrorContains(t, calls.Serve(t.Context(), listen(), client, nil), "plan")
	hook, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{hookSecret}})
	require.NoError(t, err)
	l := listen()
	require.NoError(t, l.Close())
	cfg := &calls.ServeConfig{Webhook: hook, Plan: func(context.Context, *api.RealtimeCallIncoming) (*calls.Plan, error) {
		return nil, errors.ErrUnsupported
	}}
	require.ErrorIs(t, calls.Serve(t.Context(), l, client, cfg), net.ErrClosed)
}
