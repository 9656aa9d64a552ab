package worker

import (
	"context"
	"log/slog"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
)

// plain is a supervisor alone: a trial must notice that its calls are lost.
type plain struct{ sup *calls.Supervisor }

func openPlain(cfg *Config, client *calls.Client, d *desk, log *slog.Logger) (engine, error) {
	sup, err := calls.NewSupervisor(client, &calls.SupervisorConfig{
		MaxCalls: cfg.Capacity, Logger: log,
		Plan: func(_ context.Context, in *api.RealtimeCallIncoming) (*calls.Plan, error) {
			return &calls.Plan{Session: d.session(in), Run: func(ctx context.Context, call *calls.Call) error {
				return d.talk(ctx, call, agent.Start)
			}}, nil
		},
	})
	if err != nil {
		return nil, err
	}
	return &plain{sup}, nil
}

func (p *plain) offer(in *api.RealtimeCallIncoming) error { return p.sup.Offer(in) }

func (p *plain) work(ctx context.Context) error {
	<-ctx.Done()
	_, err := p.sup.Leave(context.WithoutCancel(ctx))
	return err
}
