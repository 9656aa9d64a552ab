// Command trial holds simulated phone calls with a fleet of worker processes, kills,
// freezes and deploys workers, and judges by the vendor's books what was lost, done twice,
// and how long calls were without a worker.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
	"github.com/voicelane/realtime-go/fleet/trial/internal/conductor"
	"github.com/voicelane/realtime-go/fleet/trial/internal/proc"
	"github.com/voicelane/realtime-go/fleet/trial/internal/table"
	"github.com/voicelane/realtime-go/fleet/trial/internal/verdict"
)

func main() {
	proc.Main(conductor.Roles)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	p := &conductor.Plan{Log: io.Discard}
	demo := flag.Bool("demo", false, "show a hundred calls, a killed worker and a deploy, in half a minute")
	show := flag.Bool("show", false, "show a table while the trial runs")
	flag.IntVar(&p.Calls, "calls", 1000, "`number` of calls that live until the end")
	flag.IntVar(&p.Short, "short", 200, "`number` of calls that come and go meanwhile")
	flag.DurationVar(&p.ArriveWithin, "arrive", 60*time.Second, "`time` in which the calls arrive")
	flag.IntVar(&p.Workers, "workers", 4, "`number` of workers")
	flag.IntVar(&p.Capacity, "capacity", 450, "`places` of a worker")
	flag.IntVar(&p.Shards, "shards", 4, "`number` of streams of calls")
	flag.IntVar(&p.Nodes, "nodes", 1, "`number` of NATS servers")
	flag.BoolVar(&p.KillNode, "kill-node", false, "kill a NATS server and start it again")
	flag.DurationVar(&p.Hold, "hold", 0, "`time` for which the calls are held and measured before the first kill")
	flag.IntVar(&p.Kills, "kills", 10, "`number` of workers to kill")
	flag.DurationVar(&p.KillEvery, "every", 6*time.Second, "mean `time` between two kills")
	flag.BoolVar(&p.Freeze, "freeze", true, "freeze a worker for longer than its lease")
	flag.IntVar(&p.Deploys, "deploys", 4, "`number` of workers to replace")
	flag.DurationVar(&p.Lease, "lease", 5*time.Second, "`lease` of the fleet")
	flag.DurationVar(&p.ThinkLeast, "think", 2*time.Second, "least `pause` of a caller; the most is four times that")
	flag.DurationVar(&p.EffectMost, "effect", 220*time.Millisecond, "most `time` that an order takes")
	flag.IntVar(&p.GiveUp, "give-up", 8, "`number` of orders in a row without an answer after which a caller hangs up")
	flag.Uint64Var(&p.Seed, "seed", rand.Uint64()>>32, "`seed` of all choices") //nolint:gosec // Any.
	flag.BoolVar(&p.Plain, "plain", false, "run workers without a fleet, which lose calls")
	flag.BoolVar(&p.Verbose, "v", false, "print what the workers log")
	flag.Parse()
	p.ThinkMost, p.Patience = 4*p.ThinkLeast, p.Lease+time.Second
	if *demo {
		demonstrate(p)
	}
	if p.Verbose {
		p.Log = os.Stderr
	}
	dir, err := os.MkdirTemp("", "fleet-trial-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	p.Dir = dir
	if *demo {
		return present(ctx, p)
	}
	return try(ctx, p, *show)
}

// try runs a trial and prints the verdict.
func try(ctx context.Context, p *conductor.Plan, show bool) error {
	fmt.Printf("%d calls and %d short ones on %d workers with %d places; %d kills, %d deploys; lease %s, seed %d\n\n",
		p.Calls, p.Short, p.Workers, p.Capacity, p.Kills, p.Deploys, p.Lease, p.Seed)
	began := time.Now()
	t, err := conductor.New(ctx, p)
	if err != nil {
		return err
	}
	defer t.Close()
	runErr := play(ctx, t, show)
	acts := t.Timeline.Acts()
	v := verdict.Judge(t.Vendor.Books, acts, p.Lease)
	fmt.Printf("after %s:\n", time.Since(began).Round(time.Second))
	if l := t.Load(); l != nil {
		l.Print(os.Stdout)
	}
	v.Print(os.Stdout, acts, histories)
	return errors.Join(runErr, missing(p, v, acts), broken(v, true))
}

// missing returns an error if something that the plan wants was not done or not measured.
func missing(p *conductor.Plan, v *verdict.Verdict, acts []books.Act) error {
	kills := 0
	for _, a := range acts {
		if a.Deed == books.Kill {
			kills++
		}
	}
	fmt.Printf("  %d of %d kills, %d of %d calls\n", kills, p.Kills, v.Calls, p.Calls+p.Short)
	switch {
	case kills < p.Kills:
		return fmt.Errorf("incomplete: %d of %d workers were killed", kills, p.Kills)
	case v.Calls < p.Calls:
		return fmt.Errorf("incomplete: %d of %d calls were placed", v.Calls, p.Calls)
	case len(v.Dispatch) == 0, p.Kills > 0 && len(v.Kill) == 0, p.Freeze && len(v.Freeze) == 0, p.Deploys > 0 && len(v.Deploy) == 0:
		return errors.New("incomplete: not all times could be measured")
	}
	return nil
}

// histories is how many histories of calls that broke a promise are printed.
const histories = 3

// play runs a trial and shows it meanwhile.
func play(ctx context.Context, t *conductor.Trial, show bool) error {
	until, stop := context.WithCancel(ctx)
	var drawing sync.WaitGroup
	if show {
		drawing.Go(func() { table.Show(until, os.Stdout, table.IsTerminal(os.Stdout), t.Snapshot) })
	}
	err := t.Run(ctx)
	stop()
	drawing.Wait()
	return err
}

func broken(v *verdict.Verdict, timed bool) error {
	if b := v.Broken(timed); b != nil {
		return errors.New("broken: " + strings.Join(b, "; "))
	}
	return nil
}
