package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// judges lists, by package, the other packages whose tests count for it.
var judges = map[string][]string{
	"agent":         {"agent"}, // For the packages below agent.
	"internal/link": {"internal/conformance", "realtime"},
	"wire":          {"internal/apitest"},
}

// runner runs gremlins over packages of a copy of the module.
type runner struct {
	options
	dir  string // Of everything that the run writes.
	copy string // Of the module.
	self string // The folder with the program that stands in for go.
	goes string // The real go.
	log  io.Writer
}

func newRunner(ctx context.Context, o options, root, dir string, log io.Writer) (*runner, error) {
	r := &runner{options: o, dir: dir, copy: filepath.Join(dir, "module"), self: filepath.Join(dir, "bin"), log: log}
	var err error
	if r.goes, err = exec.LookPath("go"); err != nil {
		return nil, err
	}
	if r.gremlins, err = filepath.Abs(o.gremlins); err != nil {
		return nil, err
	}
	if r.cache == "" {
		r.cache = filepath.Join(dir, "cache")
	}
	if r.cache, err = filepath.Abs(r.cache); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(r.self, 0o750); err != nil {
		return nil, err
	}
	if err := os.Symlink(self, filepath.Join(r.self, filepath.Base(r.goes))); err != nil {
		return nil, err
	}
	return r, copyModule(ctx, root, r.copy)
}

// copyModule copies the files that git lists or would add.
func copyModule(ctx context.Context, from, to string) error {
	cmd := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = from
	list, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("git ls-files: %w", err)
	}
	for name := range strings.SplitSeq(strings.Trim(string(list), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(from, name)) //nolint:gosec // git names it
		if os.IsNotExist(err) {
			continue // Deleted, but still in the index.
		}
		if err != nil {
			return err
		}
		file := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o600); err != nil { //nolint:gosec // git names it
			return err
		}
	}
	return nil
}

// target tries the mutants of the packages in a folder and prints what it finds.
func (r *runner) target(ctx context.Context, target string) (summary, error) {
	p := &plan{
		Go: r.goes, Self: r.self, Module: r.copy, Target: target, Judges: judges[target],
		Dir: filepath.Join(r.dir, strings.ReplaceAll(target, "/", "-")), Cache: r.cache,
	}
	if err := os.MkdirAll(p.Dir, 0o750); err != nil {
		return summary{}, err
	}
	if err := p.measure(ctx, r.workers); err != nil {
		return summary{}, err
	}
	list, err := r.list(ctx, p)
	if err != nil {
		return summary{}, err
	}
	s := summary{target: target}
	covered := s.count(list)
	covered = slices.DeleteFunc(covered, func(m mutant) bool { return !r.only.MatchString(m.At) })
	s.chosen = len(covered)
	random := rand.New(rand.NewPCG(r.seed, 0)) //nolint:gosec // an order that can be repeated
	random.Shuffle(len(covered), func(i, j int) { covered[i], covered[j] = covered[j], covered[i] })
	if 0 < r.sample && r.sample < len(covered) {
		covered = covered[:r.sample]
	}
	fmt.Fprintf(r.log, "%s: %d of %d covered mutants\n", target, len(covered), s.covered)
	for round := range slices.Chunk(covered, perRound) {
		p.Chosen = make(map[string]bool)
		for _, m := range round {
			p.Chosen[m.key()] = true
		}
		if err := r.run(ctx, p); err != nil {
			return s, err
		}
		if err := s.read(p.records()); err != nil {
			return s, err
		}
		fmt.Fprintf(r.log, "%s: %d of %d tried, %.1f %% killed\n", target, len(s.outcomes), len(covered), s.share())
	}
	s.print(r.log, r.copy)
	return s, nil
}

// perRound is how many mutants one run of gremlins tries. Their order is random, so that
// the shares after each round are those of a sample.
const perRound = 100

// list returns the mutants of the target without trying them.
func (r *runner) list(ctx context.Context, p *plan) ([]mutant, error) {
	file := filepath.Join(p.Dir, "listed.json")
	if err := r.run(ctx, p, "--dry-run", "-o", file); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file) //nolint:gosec // below our own folder
	if err != nil {
		return nil, err
	}
	var doc struct {
		Files []struct {
			Name      string `json:"file_name"`
			Mutations []struct {
				Type, Status string
				Line, Column int
			}
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	var all []mutant
	for _, f := range doc.Files {
		for _, m := range f.Mutations {
			at := fmt.Sprintf("%s/%s:%d:%d", p.Target, filepath.ToSlash(f.Name), m.Line, m.Column)
			all = append(all, mutant{At: at, Type: m.Type, covered: m.Status == "RUNNABLE"})
		}
	}
	slices.SortFunc(all, func(a, b mutant) int { return cmp.Compare(a.key(), b.key()) })
	return all, nil
}

// run runs gremlins on the target, with this program in place of go.
func (r *runner) run(ctx context.Context, p *plan, args ...string) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	file := filepath.Join(p.Dir, "plan.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	// The stages have limits of their own. Gremlins' is a multiple of the time that coverage
	// takes, which is nothing the second time.
	args = append([]string{"unleash", "--workers", strconv.Itoa(r.workers), "--timeout-coefficient", "1000000"}, args...)
	cmd := exec.CommandContext(ctx, r.gremlins, args...) //nolint:gosec // the program that the flag names
	cmd.Dir = filepath.Join(r.copy, p.Target)
	cmd.Env = append(os.Environ(), planVariable+"="+file, "TMPDIR="+p.Dir,
		"PATH="+r.self+string(filepath.ListSeparator)+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("gremlins: %w\n%s", err, out)
	}
	return nil
}
