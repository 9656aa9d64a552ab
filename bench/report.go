package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

type measured struct {
	group
	results []result
}

func (m *measured) find(peer string) *result {
	for i := range m.results {
		if m.results[i].peer == peer {
			return &m.results[i]
		}
	}
	return nil
}

// report writes the tables.
func report(all []measured, rounds int, turn time.Duration) string {
	var b strings.Builder
	b.WriteString("# Results\n\nWritten by `make bench`; do not edit. How to read them is told in [README.md](README.md).\n\n")
	fmt.Fprintf(&b, "- %s\n", strings.Join(machine(), "\n- "))
	fmt.Fprintf(&b, "- %d rounds; in each, every peer of a table has a turn of about %v, in random order.\n", rounds, turn)
	b.WriteString("- Times are medians, ± half the distance between the quartiles.\n")
	b.WriteString("\n## Goals\n\n")
	b.WriteString("| What | Goal | Here | |\n| --- | --- | --- | --- |\n")
	for _, g := range goals(all) {
		verdict := "met"
		if !g.met {
			verdict = "**missed**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", g.what, g.goal, g.here, verdict)
	}
	b.WriteString("\n![Decoding an audio delta, as multiples of the floor](decode.svg)\n")
	for _, m := range all {
		table(&b, &m)
	}
	b.WriteString("\n## Skipped\n\n" + skipped)
	return b.String()
}

const skipped = `- The community's Go client: it decodes by two passes of encoding/json into its
  structs, so that the two passes here stand for it.
- jx in the tables of large events: it has no reflection, and the structs would have
  to be decoded by hand.
- The vendor's Node package, sockets, memory and sessions end to end: not compared
  yet.
`

func table(b *strings.Builder, m *measured) {
	fmt.Fprintf(b, "\n## %s\n\n", m.title)
	if m.note != "" {
		fmt.Fprintf(b, "%s\n\n", m.note)
	}
	base, ref := m.find(floor), m.find(std)
	b.WriteString("| | time | times as fast as two passes of encoding/json |")
	if base != nil {
		b.WriteString(" multiple of the floor |")
	}
	b.WriteString(" bytes | allocations |\n| --- | --: | --: | --: | --: |")
	if base != nil {
		b.WriteString(" --: |")
	}
	b.WriteString("\n")
	for i := range m.results {
		r := &m.results[i]
		fmt.Fprintf(b, "| %s | %s ± %.0f%% | %.1f |", r.peer, nanos(r.median()), 100*r.spread(), r.times(ref))
		if base != nil {
			fmt.Fprintf(b, " %.2f |", base.times(r))
		}
		fmt.Fprintf(b, " %.0f | %.0f |\n", r.bytes, r.allocs)
	}
}

func nanos(ns float64) string {
	if ns < 1000 {
		return fmt.Sprintf("%.0f ns", ns)
	}
	return fmt.Sprintf("%.2f µs", ns/1000)
}

// machine says what was measured and where.
func machine() []string {
	cpu := "processor unknown"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	out := []string{fmt.Sprintf("%s, %d cores, %s/%s, %s", cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())}
	if commit, err := exec.Command("git", "rev-parse", "--short=12", "HEAD").Output(); err == nil {
		text := "commit " + strings.TrimSpace(string(commit))
		if changes, err := exec.Command("git", "status", "--porcelain", "--", "../wire", "../gen").Output(); err == nil && len(changes) > 0 {
			text += ", with changes to the codec"
		}
		out = append(out, text)
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		var peers []string
		for _, dep := range info.Deps {
			for _, path := range []string{"go-faster/jx", "goccy/go-json", "go-json-experiment/json", "openai/openai-go/v3", "segmentio/asm", "emmansun/base64"} {
				if dep.Path == "github.com/"+path {
					peers = append(peers, path+" "+dep.Version)
				}
			}
		}
		out = append(out, strings.Join(peers, ", "))
	}
	return out
}

// raw writes the turns in the format of Go's benchmarks, for benchstat.
func raw(all []measured) string {
	var b strings.Builder
	fmt.Fprintf(&b, "goos: %s\ngoarch: %s\n", runtime.GOOS, runtime.GOARCH)
	clean := strings.NewReplacer(" ", "-", ",", "", "/", ".")
	for _, m := range all {
		for _, r := range m.results {
			for _, ns := range r.nanos {
				fmt.Fprintf(&b, "Benchmark%s/peer=%s %d %.2f ns/op %.0f B/op %.0f allocs/op\n",
					strings.ReplaceAll(m.name, "-", "_"), clean.Replace(r.peer), r.n, ns, r.bytes, r.allocs)
			}
		}
	}
	return b.String()
}
