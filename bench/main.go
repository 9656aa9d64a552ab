// Command bench compares this module with its peers. It writes RESULTS.md, its charts
// and results.txt for benchstat.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/codec"
	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/load"
	"github.com/voicelane/realtime-go/bench/internal/memory"
	"github.com/voicelane/realtime-go/bench/internal/phone"
	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/server"
	"github.com/voicelane/realtime-go/bench/internal/socket"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	quick := flag.Bool("quick", false, "measure fewer and shorter turns")
	only := flag.String("only", "", "measure only this `part` and print to standard output")
	rounds := flag.Int("rounds", 15, "number of rounds of the load part; benchstat needs at least six")
	dir := flag.String("dir", ".", "output `directory`")
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
		err = run(ctx, *quick, *rounds, *only, *dir)
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

// part is one part of the comparison.
type part struct {
	name string
	run  func(ctx context.Context) (report.Section, error)
}

func parts(quick bool, rounds int) []part {
	turns := stat.Plan{Rounds: 200, Turn: 5 * time.Millisecond}
	portable := stat.Plan{Rounds: 50, Turn: 5 * time.Millisecond}
	paced := load.Plan{
		Rounds: rounds, Warm: 200 * time.Millisecond, Window: 800 * time.Millisecond,
		Plain: []int{100, 300, 1000, 3000, 5000}, TLS: []int{100, 300, 1000},
	}
	// The difference is small. A window is as long as a recording waits before it writes, and
	// begins between two writes, so that it holds one write of each session. Processes are
	// started anew, for their place in memory makes a difference of the same size.
	tapped := load.Plan{
		Rounds: rounds, Sittings: 3, Warm: time.Second, Window: 5 * time.Second,
		TLS: []int{1000}, Only: []contender.Kind{contender.Reused, contender.Tapped},
	}
	phones := phone.Plan{Rounds: 3, Warm: time.Second, Window: 2 * time.Second, Lines: []int{10, 100, 300, 1000}}
	idle := 500
	if quick {
		phones = phone.Plan{Rounds: 1, Warm: 500 * time.Millisecond, Window: time.Second, Lines: []int{10, 100, 1000}}
		turns = stat.Plan{Rounds: 40, Turn: 2 * time.Millisecond}
		portable = stat.Plan{Rounds: 10, Turn: 2 * time.Millisecond}
		paced.Rounds, paced.Plain, paced.TLS = 5, []int{1000, 5000}, []int{1000}
		idle = 100
	}
	processes := process.Programs{Server: asServer, Client: asClient, Node: nodeDir}
	return []part{
		{"codec", func(ctx context.Context) (report.Section, error) { return codec.Run(ctx, turns, nodeDir) }},
		{"purego", func(ctx context.Context) (report.Section, error) { return codec.Purego(ctx, portable, asCodec) }},
		{"socket", func(ctx context.Context) (report.Section, error) { return socket.Run(ctx, turns, processes) }},
		{"memory", func(ctx context.Context) (report.Section, error) { return memory.Run(ctx, idle, processes) }},
		{"phone", func(ctx context.Context) (report.Section, error) {
			return phone.Run(ctx, phones, phone.Programs{Lines: asLines, Callers: asCallers})
		}},
		{"taps", func(ctx context.Context) (report.Section, error) { return load.Run(ctx, tapped, processes) }},
		{"load", func(ctx context.Context) (report.Section, error) { return load.Run(ctx, paced, processes) }},
	}
}

func run(ctx context.Context, quick bool, rounds int, only, dir string) error {
	var sections []report.Section
	for _, p := range parts(quick, rounds) {
		if only != "" && p.name != only {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring:", p.name)
		begin := time.Now()
		s, err := p.run(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s took %v\n", p.name, time.Since(begin).Round(time.Second))
		sections = append(sections, s)
	}
	facts := report.Facts(ctx, nodeDir)
	if quick {
		facts = append(facts, "**A quick run, with less precision.**")
	}
	if only != "" {
		_, err := os.Stdout.WriteString(report.Write(facts, sections))
		return err
	}
	return write(ctx, dir, facts, sections)
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
	files["RESULTS.md"] = report.Write(facts, sections)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
