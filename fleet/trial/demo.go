package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/voicelane/realtime-go/fleet/trial/internal/conductor"
	"github.com/voicelane/realtime-go/fleet/trial/internal/verdict"
)

// demonstrate makes a trial one that shows in half a minute what a fleet is for.
func demonstrate(p *conductor.Plan) {
	p.Calls, p.Short, p.ArriveWithin = 100, 10, 5*time.Second
	p.Workers, p.Capacity, p.Shards = 3, 100, 1
	p.Kills, p.KillEvery, p.Deploys, p.Freeze, p.Hold = 1, 2*time.Second, 1, false, time.Second
	p.ThinkLeast, p.ThinkMost, p.EffectMost = 500*time.Millisecond, 3*time.Second, 400*time.Millisecond
}

// present runs a trial, shows it, and says what was lost.
func present(ctx context.Context, p *conductor.Plan) error {
	fmt.Printf(`
  %d callers, %d workers. One worker is killed, another is replaced by a deploy.
  The calls live at the service, here a simulated one: other workers attach to them.

`, p.Calls, p.Workers)
	t, err := conductor.New(ctx, p)
	if err != nil {
		return err
	}
	defer t.Close()
	if err := play(ctx, t, true); err != nil {
		return err
	}
	acts := t.Timeline.Acts()
	v := verdict.Judge(t.Vendor.Books, acts, p.Lease)
	lost := "nothing"
	if v.Lost > 0 {
		lost = fmt.Sprintf("%d calls", v.Lost)
	}
	fmt.Printf(`
  lost          %s, of %d calls
  killed        %d calls of one worker had another after %s, at the latest after %s
                (the lease is %s, and can be longer or as short as 4 s)
  deployed      %d calls were handed over, with %s between two workers (p99)
  orders        %d taken, %d of them twice; the model was told of %d: it is not known
  new calls     attached to %s after the webhook (p50)
`, lost, v.Calls, len(v.Kill), short(v.Kill.Percentile(50)), short(v.Kill.Percentile(100)), p.Lease,
		len(v.Deploy), short(v.Deploy.Percentile(99)), v.Effects, v.Doubled, v.Unknown, short(v.Dispatch.Percentile(50)))
	if b := v.Broken(false); b != nil {
		v.Print(os.Stdout, acts, histories)
		return broken(v, false)
	}
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return nil
}

func short(d time.Duration) time.Duration {
	if d < 10*time.Millisecond {
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Millisecond)
}
