// Package worker is a worker of a trial, in a process of its own: it takes webhooks, holds
// calls, and is killed.
package worker

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Config is the configuration of the role.
type Config struct {
	// Name is the process's, and its key for the API.
	Name string
	// APIURL is the base URL of the API, EffectsURL where functions have their effects.
	APIURL, EffectsURL string
	// Secret is the webhook's.
	Secret string
	// NATSURL is the address of the NATS server. Without one the worker is a plain
	// supervisor, whose calls end with it.
	NATSURL string
	// Lease, Capacity and Shards are those of the fleet.
	Lease            time.Duration
	Capacity, Shards int
	// Verbose logs what the packages log.
	Verbose bool
}

// engine takes webhooks and holds calls.
type engine interface {
	// offer takes the call of a webhook.
	offer(in *api.RealtimeCallIncoming) error
	// work holds calls until the context ends, and then gives them away.
	work(ctx context.Context) error
}

// Run works until the context ends.
func Run(ctx context.Context, config []byte, announce func(string)) error {
	var cfg Config
	if err := json.Unmarshal(config, &cfg); err != nil {
		return err
	}
	level := slog.LevelError
	if cfg.Verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})).With("worker", cfg.Name)
	rt, err := realtime.NewClient(&realtime.Config{BaseURL: cfg.APIURL, APIKey: cfg.Name, Proxy: realtime.NoProxy})
	if err != nil {
		return err
	}
	client := calls.New(rt)
	e, err := open(ctx, &cfg, client, log)
	if err != nil {
		return err
	}
	webhook, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{cfg.Secret}})
	if err != nil {
		return err
	}
	hook, err := calls.NewHandler(&calls.HandlerConfig{Webhook: webhook, Call: e.offer, Logger: log})
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: hook, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	announce(l.Addr().String())
	err = e.work(ctx)
	err = errors.Join(err, srv.Shutdown(context.WithoutCancel(ctx)))
	if s := <-served; !errors.Is(s, http.ErrServerClosed) {
		err = errors.Join(err, s)
	}
	return err
}

func open(ctx context.Context, cfg *Config, client *calls.Client, log *slog.Logger) (engine, error) {
	desk := &desk{cfg: cfg, log: log, http: &http.Client{}}
	if cfg.NATSURL == "" {
		return openPlain(cfg, client, desk, log)
	}
	return openFleet(ctx, cfg, client, desk, log)
}
