package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// judges lists, by package, the other packages whose tests count for it.
var judges = map[string][]string{
	"internal/link": {"internal/conformance", "realtime"},
	"wire":          {"internal/apitest"},
}

// bench is where mutants are tried: the test programs, with all mutants in them, and what
// each test reaches.
type bench struct {
	module, dir string
	skip        *regexp.Regexp
	workers     int
	grace       time.Duration // What a run may take beyond what its tests take.
	log         io.Writer
	folders     []string // With the tests that count.
	short       bool
	tests       []test // The quickest first.
}

// test is a test, an example, or the seeds of a fuzz test.
type test struct {
	folder string
	name   string
	time   time.Duration
	points map[int]bool
}

// newBench makes the test programs. It leaves the place of the module out, so that what is
// built can be used by the next run.
func newBench(ctx context.Context, o options, module, target string, log io.Writer) (*bench, error) {
	b := &bench{
		module: module, dir: module + "-programs", skip: regexp.MustCompile(o.skip),
		workers: o.workers, grace: 3 * time.Second, short: o.short, log: log,
	}
	cmd := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "./"+target+"/...") //nolint:gosec // the user's folder
	cmd.Dir = b.module
	list, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for dir := range strings.FieldsSeq(string(list)) {
		name, err := filepath.Rel(b.module, dir)
		if err != nil {
			return nil, err
		}
		b.folders = append(b.folders, filepath.ToSlash(name))
	}
	b.folders = append(b.folders, judges[target]...)
	if err := errors.Join(os.RemoveAll(b.dir), os.MkdirAll(b.dir, 0o750)); err != nil {
		return nil, err
	}
	for _, folder := range b.folders {
		cmd := exec.CommandContext(ctx, "go", "test", "-c", "-trimpath", "-vet=off", "-ldflags=-s -w", "-o", b.program(folder), "./"+folder) //nolint:gosec // the user's folder
		cmd.Dir = b.module
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building the tests of %s: %w\n%s", folder, err, out)
		}
	}
	return b, nil
}

func (b *bench) program(folder string) string {
	return filepath.Join(b.dir, strings.ReplaceAll(folder, "/", "-")+".test")
}

// start runs a test program to its end, or until the limit.
func (b *bench) start(ctx context.Context, folder string, limit time.Duration, env []string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if b.short {
		args = append(args, "-test.short")
	}
	cmd := exec.CommandContext(ctx, b.program(folder), args...) //nolint:gosec // what build made
	cmd.Dir = filepath.Join(b.module, folder)
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return string(out), err
}

// measure runs each test by itself, without a fault, and notes its time and the points that
// it reaches. A test that fails twice judges no mutant.
func (b *bench) measure(ctx context.Context) error {
	var names []test
	for _, folder := range b.folders {
		if _, err := os.Stat(b.program(folder)); os.IsNotExist(err) {
			continue // A package without tests.
		}
		out, err := b.start(ctx, folder, time.Minute, nil, "-test.list", ".")
		if err != nil {
			return fmt.Errorf("the tests of %s: %w\n%s", folder, err, out)
		}
		for name := range strings.FieldsSeq(out) {
			if !strings.HasPrefix(name, "Benchmark") && !b.skip.MatchString(name) {
				names = append(names, test{folder: folder, name: name})
			}
		}
	}
	var mu sync.Mutex
	parallel(b.workers, names, func(t test) {
		out, err := b.reach(ctx, &t)
		if err != nil {
			out, err = b.reach(ctx, &t)
		}
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			fmt.Fprintf(b.log, "left out, since it fails without a fault: %s %s: %v\n%s", t.folder, t.name, err, out)
			return
		}
		b.tests = append(b.tests, t)
	})
	slices.SortFunc(b.tests, func(x, y test) int {
		return cmp.Or(cmp.Compare(x.time, y.time), cmp.Compare(x.name, y.name))
	})
	return ctx.Err()
}

// reach runs a test to see which points it reaches.
func (b *bench) reach(ctx context.Context, t *test) (string, error) {
	file := filepath.Join(b.dir, path.Base(t.folder)+"-"+t.name)
	if err := os.RemoveAll(file); err != nil {
		return "", err
	}
	start := time.Now()
	out, err := b.start(ctx, t.folder, 5*time.Minute, []string{"MUTANT_REACHED=" + file}, "-test.run", pattern(*t))
	if err != nil {
		return out, err
	}
	t.time, t.points = time.Since(start), make(map[int]bool)
	text, err := os.ReadFile(file) //nolint:gosec // below our own folder
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return out, err
	}
	for field := range strings.FieldsSeq(string(text)) {
		point, err := strconv.Atoi(field)
		if err != nil {
			return out, err
		}
		t.points[point] = true
	}
	return out, os.RemoveAll(file)
}

// reaching returns the tests that reach a point, the quickest first.
func (b *bench) reaching(point int) []test {
	return slices.DeleteFunc(slices.Clone(b.tests), func(t test) bool { return !t.points[point] })
}

// pattern matches the names of tests.
func pattern(tests ...test) string {
	names := make([]string, len(tests))
	for i, t := range tests {
		names[i] = regexp.QuoteMeta(t.name)
	}
	return "^(" + strings.Join(names, "|") + ")$"
}
