// Package dispatch measures how fast a fleet takes calls that arrive at a high rate, by the
// trial of module fleet, which is run as a program: its dependencies stay out of this module.
package dispatch

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/report"
)

// Plan is the number of calls and how fast they arrive.
type Plan struct {
	Calls  int
	Arrive time.Duration
}

// limit is the goal of the 99 % quantile.
const limit = 150 * time.Millisecond

// result is what the trial prints.
type result struct {
	p50, p99 time.Duration
	lost     string
	cores    string // of all workers
}

// Run runs the trial without kills. The current directory must be bench.
func Run(ctx context.Context, plan Plan) (report.Section, error) {
	s := report.Section{Title: "A fleet", Intro: fmt.Sprintf(
		"%d calls arrive in %v at four workers beside one NATS server, and then order something every 2 to 8 s. *Dispatch* is from the\n"+
			"webhook to the sideband. All processes share the machine.", plan.Calls, plan.Arrive)}
	cmd := exec.CommandContext(ctx, "go", "run", ".", "-calls", strconv.Itoa(plan.Calls), "-arrive", plan.Arrive.String(), "-hold", "3s", //nolint:gosec // The arguments are numbers.
		"-short", "0", "-kills", "0", "-deploys", "0", "-freeze=false")
	cmd.Dir = "../fleet/trial"
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.Skipped = []string{fmt.Sprintf("The fleet: %v.", err)}
		return s, ctx.Err()
	}
	r, err := parse(string(out))
	if err != nil {
		return s, err
	}
	s.Tables = []report.Table{{
		Columns: []string{"calls", "a second", "dispatch, p50", "dispatch, p99", "lost", "cores of the workers"},
		Rows: [][]string{{
			strconv.Itoa(plan.Calls), fmt.Sprintf("%.0f", float64(plan.Calls)/plan.Arrive.Seconds()), r.p50.String(), r.p99.String(), r.lost, r.cores,
		}},
	}}
	s.Goals = []report.Goal{{
		What: fmt.Sprintf("Dispatch of %.0f calls a second by a fleet", float64(plan.Calls)/plan.Arrive.Seconds()),
		Goal: fmt.Sprintf("p99 under %v, and none lost", limit), Here: fmt.Sprintf("%v, %s lost", r.p99, r.lost), Met: r.p99 < limit && r.lost == "0",
	}}
	return s, nil
}

var (
	dispatched = regexp.MustCompile(`(?m)^\s*dispatch\s+\d+: p50 ([^,]+),.* p99 ([^,]+),`)
	lost       = regexp.MustCompile(`(?m)^\s*lost\s+(\d+)`)
	workers    = regexp.MustCompile(`(?m)^\s*workers\s+([0-9.]+) cores`)
)

func parse(text string) (r result, err error) {
	d, l, w := dispatched.FindStringSubmatch(text), lost.FindStringSubmatch(text), workers.FindStringSubmatch(text)
	if d == nil || l == nil || w == nil {
		return r, errors.New("dispatch: the trial printed no result:\n" + strings.TrimSpace(text))
	}
	r.lost, r.cores = l[1], w[1]
	if r.p50, err = time.ParseDuration(d[1]); err != nil {
		return r, err
	}
	r.p99, err = time.ParseDuration(d[2])
	return r, err
}
