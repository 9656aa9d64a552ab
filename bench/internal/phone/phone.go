package phone

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// Plan is how much is measured.
type Plan struct {
	Rounds       int
	Warm, Window time.Duration
	Lines        []int // the numbers of lines, ascending
}

// Programs are the arguments that select the processes.
type Programs struct{ Lines, Callers string }

// cell is a carrier and a number of lines.
type cell struct {
	kind  string
	lines int
}

// results are the turns of all cells.
type results struct {
	plan  Plan
	turns map[cell][]turn
}

// Run measures each carrier with each number of lines.
func Run(ctx context.Context, plan Plan, p Programs) (report.Section, error) {
	r := &results{plan: plan, turns: map[cell][]turn{}}
	for range plan.Rounds {
		for i := range kinds {
			if err := r.measure(ctx, &kinds[i], p); err != nil {
				return report.Section{}, fmt.Errorf("%s: %w", kinds[i].name, err)
			}
		}
	}
	return r.section(), nil
}

// measure opens lines of a carrier, more with each turn, and measures each number.
func (r *results) measure(ctx context.Context, k *kind, p Programs) (err error) {
	x, err := start(ctx, k, p)
	if err != nil {
		return err
	}
	defer x.close()
	for _, n := range r.plan.Lines {
		t, err := x.turn(ctx, n, r.plan)
		if err != nil {
			return fmt.Errorf("%d lines: %w", n, err)
		}
		c := cell{k.name, n}
		r.turns[c] = append(r.turns[c], t)
	}
	return nil
}

// exchange is a pair of processes.
type exchange struct {
	kind           *kind
	address        string
	lines, callers *process.Child
}

func start(ctx context.Context, k *kind, p Programs) (*exchange, error) {
	x := &exchange{kind: k}
	for i, argument := range []string{p.Lines, p.Callers} {
		spec, err := process.Self(i, argument)
		if err != nil {
			return nil, err
		}
		child, err := process.Start(ctx, spec)
		if err != nil {
			x.close()
			return nil, err
		}
		if i == 0 {
			x.lines = child
		} else {
			x.callers = child
		}
	}
	var s linesStat
	if err := x.lines.Ask(ctx, request{Do: "listen", Kind: k.name}, &s); err != nil {
		x.close()
		return nil, err
	}
	x.address = s.Address
	return x, nil
}

func (x *exchange) close() {
	for _, c := range []*process.Child{x.callers, x.lines} {
		if c != nil {
			c.Close()
		}
	}
}

// atOnce is how many lines a request opens.
const atOnce = 50

// turn opens further lines up to n, and measures them in the window.
func (x *exchange) turn(ctx context.Context, n int, plan Plan) (turn, error) {
	var far callersStat
	err := x.callers.Ask(ctx, request{Do: "stat"}, &far)
	for err == nil && far.Lines < n {
		more := min(n-far.Lines, atOnce)
		err = x.callers.Ask(ctx, request{Do: "open", Kind: x.kind.name, Address: x.address, Lines: more}, &far)
	}
	if err != nil {
		return turn{}, err
	}
	if err := process.Pause(ctx, plan.Warm); err != nil {
		return turn{}, err
	}
	from, err := x.view(ctx)
	if err != nil {
		return turn{}, err
	}
	if err := process.Pause(ctx, plan.Window); err != nil {
		return turn{}, err
	}
	to, err := x.view(ctx)
	if err != nil {
		return turn{}, err
	}
	return from.turn(to, n)
}

// view are the counters of both sides at a time.
type view struct {
	at    time.Time
	lines linesStat
	far   callersStat
}

func (x *exchange) view(ctx context.Context) (v view, err error) {
	v.at = time.Now()
	err = x.lines.Ask(ctx, request{Do: "stat"}, &v.lines)
	return v, errors.Join(err, x.callers.Ask(ctx, request{Do: "stat"}, &v.far))
}

// section writes the tables and the goals.
func (r *results) section() report.Section {
	most := r.plan.Lines[len(r.plan.Lines)-1]
	s := report.Section{Title: "Telephone lines", Intro: fmt.Sprintf(
		"Lines of package `telephony` over loopback, each hearing 20 ms of sound every 20 ms and playing 20 ms, with a second in the\n"+
			"carrier's store. Processor time of the lines' process, bound to a core, for one frame in *both* directions: reading and decoding a\n"+
			"message, `Receive`, `Play`, encoding and writing a message, with marks and system calls. The carrier is another process on another core.\n"+
			"Rounds: %d, of %v.", r.plan.Rounds, r.plan.Window)}
	s.Tables = []report.Table{r.carriers(most), r.growth()}
	s.Goals = r.goals(most)
	var raw strings.Builder
	for _, k := range kinds {
		for _, n := range r.plan.Lines {
			sample := stat.Sample{Peer: "realtime-go", Allocs: stat.Unknown}
			for _, t := range r.turns[cell{k.name, n}] {
				sample.Nanos = append(sample.Nanos, float64(t.perFrame))
			}
			stat.Raw(&raw, fmt.Sprintf("phone_%s/%d", k.name, n), []stat.Sample{sample})
		}
	}
	s.Raw = raw.String()
	return s
}

// carriers compares the carriers, with the most lines.
func (r *results) carriers(most int) report.Table {
	t := report.Table{
		Title:   fmt.Sprintf("By carrier, %d lines", most),
		Columns: []string{"carrier", "a frame both ways", "a line, of a core", "lines on a core", "allocations for a frame", "late"},
	}
	for _, k := range kinds {
		m := summed(r.turns[cell{k.name, most}])
		t.Rows = append(t.Rows, []string{
			k.name, report.Nanos(float64(m.perFrame)), fmt.Sprintf("%.3f %%", 100*m.perLine()), fmt.Sprintf("%.0f", 1/m.perLine()),
			fmt.Sprintf("%.2f", m.allocs), fmt.Sprintf("%.1f %%", 100*m.late()),
		})
	}
	return t
}

// growth shows the cost of a frame by the number of lines.
func (r *results) growth() report.Table {
	t := report.Table{Title: "By number of lines: a frame both ways", Columns: []string{"carrier"}}
	for _, n := range r.plan.Lines {
		t.Columns = append(t.Columns, strconv.Itoa(n))
	}
	for _, k := range kinds {
		row := []string{k.name}
		for _, n := range r.plan.Lines {
			row = append(row, report.Nanos(float64(summed(r.turns[cell{k.name, n}]).perFrame)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// rise is by how much the cost of a line may rise from the fewest lines to the most.
const rise = 1.1

func (r *results) goals(most int) []report.Goal {
	var all []report.Goal
	for _, k := range kinds {
		few, many := summed(r.turns[cell{k.name, r.plan.Lines[0]}]), summed(r.turns[cell{k.name, most}])
		ratio := float64(many.perFrame) / float64(few.perFrame)
		all = append(all, report.Goal{
			What: k.name + fmt.Sprintf(", %d lines at once", most), Goal: "on a core, at most a message late",
			Here: fmt.Sprintf("%.2f cores, %.1f %% late", many.perLine()*float64(most), 100*many.late()),
			Met:  many.perLine()*float64(most) < 1 && many.late() < float64(k.piece)/float64(r.plan.Window),
		}, report.Goal{
			What: k.name + ", a line", Goal: fmt.Sprintf("costs no more with %d than with %d lines", most, r.plan.Lines[0]),
			Here: fmt.Sprintf("%.2f times", ratio), Met: ratio <= rise,
		})
	}
	return all
}
