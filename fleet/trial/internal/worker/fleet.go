package worker

import (
	"context"
	"log/slog"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/gen/api"
)

// member is a worker of a fleet.
type member struct {
	fleet  *fleet.Fleet
	client *calls.Client
	worker *fleet.Worker
}

func openFleet(ctx context.Context, cfg *Config, client *calls.Client, d *desk, log *slog.Logger) (engine, error) {
	f, err := fleet.Open(ctx, &fleet.Config{URL: cfg.NATSURL, Lease: cfg.Lease, Shards: cfg.Shards, Logger: log})
	if err != nil {
		return nil, err
	}
	return &member{fleet: f, client: client, worker: &fleet.Worker{
		ID: cfg.Name, Capacity: cfg.Capacity,
		Plan: func(_ context.Context, job *fleet.Job) (*calls.Plan, error) {
			return &calls.Plan{Session: d.session(job.Incoming()), Run: func(ctx context.Context, call *calls.Call) error {
				return d.talk(ctx, call, job.Converse)
			}}, nil
		},
	}}, nil
}

func (m *member) offer(in *api.RealtimeCallIncoming) error { return m.fleet.Offer(in) }

func (m *member) work(ctx context.Context) error {
	defer m.fleet.Close()
	return m.fleet.Work(ctx, m.client, m.worker)
}
