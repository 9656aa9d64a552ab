package calls

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// ServeConfig configures [Serve]. Plan is required.
type ServeConfig struct {
	// Plan, MaxCalls and Ended are those of [SupervisorConfig].
	Plan     func(ctx context.Context, in *api.RealtimeCallIncoming) (*Plan, error)
	MaxCalls int
	Ended    func(in *api.RealtimeCallIncoming, err error)
	// Webhook verifies the requests. If nil, the result of NewWebhook(nil) is used.
	Webhook *Webhook
	// Patience is how long running calls may go on after the end of ctx, default one
	// minute, negative: not at all.
	Patience time.Duration
	// Logger logs refused webhooks and calls that failed. If nil, nothing is logged.
	Logger *slog.Logger
}

const (
	defaultPatience = time.Minute
	headerTimeout   = 10 * time.Second
)

// Serve answers the calls that webhooks to l announce, until ctx ends. Then it refuses
// further calls, waits for the running ones, and hangs up those that are left. It returns
// nil, or the error of the configuration or of l, which it closes.
//
// It is a [Handler], a [Supervisor] and an [http.Server] in one, for programs that serve
// nothing else. Every path of l is the webhook's, and l is without TLS, as behind a proxy.
func Serve(ctx context.Context, l net.Listener, client *Client, cfg *ServeConfig) error {
	defer func() { _ = l.Close() }()
	if cfg == nil {
		cfg = &ServeConfig{}
	}
	sup, err := NewSupervisor(client, &SupervisorConfig{Plan: cfg.Plan, MaxCalls: cfg.MaxCalls, Ended: cfg.Ended, Logger: cfg.Logger})
	if err != nil {
		return err
	}
	hook, err := NewHandler(&HandlerConfig{Webhook: cfg.Webhook, Call: sup.Offer, Logger: cfg.Logger})
	if err != nil {
		return err
	}
	return errors.Join(serveUntil(ctx, l, hook), leaveCalls(ctx, sup, cfg.Patience))
}

// serveUntil serves until ctx ends, and then answers the webhooks in progress.
func serveUntil(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		_ = server.Shutdown(context.WithoutCancel(ctx))
	})
	err := server.Serve(l)
	if stop() {
		close(stopped)
	}
	<-stopped
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// leaveCalls waits for the running calls, and hangs up those that take too long.
func leaveCalls(ctx context.Context, sup *Supervisor, patience time.Duration) error {
	if patience == 0 {
		patience = defaultPatience
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(patience, 0))
	defer cancel()
	if err := sup.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
