// Command bench compares this module with its peers. It writes RESULTS.md, its charts
// and results.txt for benchstat.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/codec"
	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/phone"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/server"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var o options
	flag.BoolVar(&o.quick, "quick", false, "measure fewer and shorter turns")
	flag.BoolVar(&o.regress, "regress", false, "compare a quick run with the ratios of the last full one, and warn")
	flag.StringVar(&o.only, "only", "", "measure only these `parts`, separated by commas, and print to standard output")
	flag.StringVar(&o.again, "again", "", "measure this `part` again and replace it in the results")
	flag.IntVar(&o.rounds, "rounds", 6, "number of rounds of the load part; benchstat needs at least six")
	flag.StringVar(&o.dir, "dir", ".", "output `directory`")
	flag.Parse()
	var err error
	switch flag.Arg(0) {
	case asCodec:
		err = codec.Main()
	case asServer:
		err = server.Main()
	case asClient:
		err = contender.Main(ctx)
	case asLines:
		err = phone.Lines()
	case asCallers:
		err = phone.Callers(ctx)
	default:
		err = run(ctx, o)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

const (
	// The arguments that make this program one of the other processes.
	asServer, asClient, asCodec = "server", "client", "codec"
	asLines, asCallers          = "lines", "callers"
	// nodeDir is the directory of the vendor's Node package.
	nodeDir = "node"
)

// guarded are the parts that have ratios to compare with those of an earlier run.
const guarded = "codec,socket,load,telephone,layers,latency"

// options are the flags.
type options struct {
	quick, regress bool
	only, again    string
	dir            string
	rounds         int
}

func run(ctx context.Context, o options) error {
	if o.regress {
		o.quick, o.only = true, guarded
	}
	plan := full(o.rounds)
	if o.quick {
		plan = quick(o.rounds)
	}
	sections, err := measure(ctx, plan.parts(), cmp.Or(o.again, o.only))
	if err != nil {
		return err
	}
	if o.again != "" {
		return renew(ctx, o.dir, sections)
	}
	if o.regress {
		return regress(sections, o.dir)
	}
	facts := report.Facts(ctx, nodeDir)
	if o.quick {
		facts = append(facts, "**A quick run, with less precision.**")
	}
	if o.only != "" {
		_, err := os.Stdout.WriteString(report.Write(facts, sections))
		return err
	}
	return write(ctx, o.dir, facts, sections)
}

// measure runs the parts that are named in only, separated by commas; all if it is empty.
func measure(ctx context.Context, all []part, only string) ([]report.Section, error) {
	var sections []report.Section
	for _, p := range all {
		if only != "" && !slices.Contains(strings.Split(only, ","), p.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring:", p.name)
		begin := time.Now()
		s, err := p.run(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s took %v\n", p.name, time.Since(begin).Round(time.Second))
		sections = append(sections, s)
	}
	return sections, nil
}

// renew replaces sections in the results.
func renew(ctx context.Context, dir string, sections []report.Section) error {
	file := filepath.Join(dir, resultsFile)
	text, err := os.ReadFile(file) //nolint:gosec // The caller chooses the folder.
	if err != nil {
		return err
	}
	renewed := string(text)
	for i := range sections {
		if renewed, err = report.Renew(renewed, &sections[i], report.Now(ctx)); err != nil {
			return err
		}
	}
	return os.WriteFile(file, []byte(renewed), 0o600) //nolint:gosec // The caller chooses the folder.
}

// resultsFile is the report.
const resultsFile = "RESULTS.md"

// ratiosFile has the ratios of the last full run.
const ratiosFile = "ratios.json"

// tolerance is how much more than before a ratio may be in a quick run.
const tolerance = 1.25

// regress prints the ratios that are worse than those of the last full run.
func regress(sections []report.Section, dir string) error {
	was, err := report.ReadRatios(filepath.Join(dir, ratiosFile))
	if err != nil {
		return err
	}
	worse, compared := report.Compare(was, report.Ratios(sections), tolerance)
	fmt.Fprintf(os.Stdout, "%d ratios are compared with %s; %d are more than %.0f %% worse.\n", compared, ratiosFile, len(worse), 100*(tolerance-1))
	for _, r := range worse {
		fmt.Fprintln(os.Stdout, "WARNING:", r)
	}
	return nil
}

// write writes results.txt first, since benchstat reads it for a section of the report.
func write(ctx context.Context, dir string, facts []string, sections []report.Section) error {
	var raw strings.Builder
	files := map[string]string{}
	for i := range sections {
		raw.WriteString(sections[i].Raw)
		for _, c := range sections[i].Charts {
			files[c.File] = c.SVG()
		}
	}
	turns := filepath.Join(dir, "results.txt")
	if err := os.WriteFile(turns, []byte(raw.String()), 0o600); err != nil {
		return err
	}
	sections = append(sections, report.Benchstat(ctx, turns, "community-client", "realtime-go"))
	machines := report.Machines(sections)
	sections = append(sections, machines)
	files[resultsFile] = report.Write(facts, sections)
	var err error
	if files[ratiosFile], err = report.WriteRatios(report.Ratios(sections)); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	if dir != "." {
		return nil
	}
	return report.ReplaceBlock(filepath.Join("..", "docs", "scale.md"), &machines)
}
