// Command bench compares this module with its peers and writes RESULTS.md, the
// charts beside it, and results.txt, which benchstat reads.
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
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	quick := flag.Bool("quick", false, "measure everything less often and for a shorter time")
	only := flag.String("only", "", "measure this part alone, and print to standard output")
	dir := flag.String("dir", ".", "where to write")
	flag.Parse()
	err := run(ctx, *quick, *only, *dir)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// nodeDir holds the vendor's Node package.
const nodeDir = "node"

// part is one comparison.
type part struct {
	name string
	run  func(ctx context.Context) (report.Section, error)
}

func parts(quick bool) []part {
	turns := stat.Plan{Rounds: 300, Turn: 5 * time.Millisecond}
	if quick {
		turns = stat.Plan{Rounds: 40, Turn: time.Millisecond}
	}
	return []part{
		{"codec", func(ctx context.Context) (report.Section, error) { return codec.Run(ctx, turns, nodeDir) }},
	}
}

func run(ctx context.Context, quick bool, only, dir string) error {
	var sections []report.Section
	for _, p := range parts(quick) {
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
	facts := report.Facts(ctx)
	if quick {
		facts = append(facts, "**A quick run: less sharp than the figures deserve.**")
	}
	if only != "" {
		fmt.Print(report.Write(facts, sections))
		return nil
	}
	return write(ctx, dir, facts, sections)
}

// write writes the turns first, since benchstat's part of the report reads them.
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
