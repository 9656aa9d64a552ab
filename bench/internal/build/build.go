// Package build compares the compile time and the size of minimal programs.
package build

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/report"
)

// program is a minimal program of a client.
type program struct{ name, dir string }

var programs = []program{
	{"realtime-go", "./internal/build/minimal/ours"},
	{"openai-go", "./internal/build/minimal/openai"},
}

// result is what building a program took.
type result struct {
	cold, warm time.Duration // processor time
	size, thin int64         // bytes of the binary, and without symbols
}

// Run builds each program. The current directory must be bench.
func Run(ctx context.Context) (report.Section, error) {
	s := report.Section{
		Title: "Compile time and size", Intro: "A program that sends a text and prints the answer. Processor time of `go build`, the linker's included, with the standard\n" +
			"library compiled: *cold* compiles the client and its dependencies, *warm* only links. Sizes of the binary, and of one without\n" +
			"symbols (`-ldflags=-s -w`).",
	}
	dir, err := os.MkdirTemp("", "bench-build-")
	if err != nil {
		return s, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var all []result
	for _, p := range programs {
		r, err := p.build(ctx, dir)
		if err != nil {
			return s, fmt.Errorf("%s: %w", p.name, err)
		}
		all = append(all, r)
	}
	s.Tables, s.Goals = []report.Table{table(all)}, goals(all)
	s.Ratios = map[string]float64{"binary of a minimal program, to openai-go's": float64(all[0].size) / float64(all[1].size)}
	return s, nil
}

// build builds a program cold, with flags that no build before had, and again.
func (p program) build(ctx context.Context, dir string) (r result, err error) {
	out := filepath.Join(dir, p.name)
	// A path for local imports, which no package has, makes the compiler's results new.
	unique := "=-D=" + strconv.FormatInt(time.Now().UnixNano(), 36)
	var flags []string
	for _, others := range []string{"github.com/...", "golang.org/...", "go.yaml.in/..."} {
		flags = append(flags, "-gcflags="+others+unique)
	}
	if _, _, err := p.run(ctx, out); err != nil { // It compiles the standard library.
		return r, err
	}
	if r.cold, r.size, err = p.run(ctx, out, flags...); err != nil {
		return r, err
	}
	if err := os.Remove(out); err != nil {
		return r, err
	}
	if r.warm, _, err = p.run(ctx, out, flags...); err != nil {
		return r, err
	}
	_, r.thin, err = p.run(ctx, out, "-ldflags=-s -w")
	return r, err
}

// run runs go build. It returns its processor time and the size of the program.
func (p program) run(ctx context.Context, out string, flags ...string) (time.Duration, int64, error) {
	args := append([]string{"build", "-o", out}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, p.dir)...) //nolint:gosec // The arguments are ours.
	if text, err := cmd.CombinedOutput(); err != nil {
		return 0, 0, fmt.Errorf("%w: %s", err, text)
	}
	info, err := os.Stat(out)
	if err != nil {
		return 0, 0, err
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), info.Size(), nil
}

func table(all []result) report.Table {
	t := report.Table{Columns: []string{"client", "cold", "warm", "binary", "without symbols"}}
	for i, r := range all {
		t.Rows = append(t.Rows, []string{programs[i].name, seconds(r.cold), seconds(r.warm), megabytes(r.size), megabytes(r.thin)})
	}
	return t
}

func goals(all []result) []report.Goal {
	ours, theirs := all[0], all[1]
	return []report.Goal{
		{
			What: "Minimal program, compile time", Goal: "less processor time than with openai-go", Met: ours.cold < theirs.cold,
			Here: seconds(ours.cold) + " to " + seconds(theirs.cold),
		},
		{
			What: "Minimal program, binary", Goal: "smaller than with openai-go", Met: ours.size < theirs.size,
			Here: megabytes(ours.size) + " to " + megabytes(theirs.size),
		},
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) }
