package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bench is where a mutant is tried.
type bench struct {
	plan
	root  string // The module with the mutant.
	dir   string // For test programs.
	cache string // GOCACHE; if empty, go's default.
	flaky []string
}

// judge tries the mutant in a copy of the module, in which folder is the target.
func (p *plan) judge(ctx context.Context, folder string) (outcome, error) {
	b := bench{plan: *p, root: folder}
	for range strings.SplitSeq(p.Target, "/") {
		b.root = filepath.Dir(b.root)
	}
	m, err := find(p.Module, b.root, p.Target)
	if err != nil {
		return outcome{mutant: m}, err
	}
	if !p.Chosen[m.key()] {
		return outcome{mutant: m, Verdict: unchosen}, nil
	}
	if b.dir, err = os.MkdirTemp(p.Dir, "trial-"); err != nil {
		return outcome{mutant: m}, err
	}
	release, err := b.claim()
	if err != nil {
		return outcome{mutant: m}, err
	}
	verdict, test := b.try(ctx, path.Dir(m.At))
	err = errors.Join(release(), os.RemoveAll(b.dir))
	return outcome{mutant: m, Verdict: verdict, Test: test, Flaky: b.flaky}, err
}

// try runs the quick tests of all folders, then all of its own, until one fails.
func (b *bench) try(ctx context.Context, own string) (verdict, test string) {
	folders := []string{own}
	for _, judge := range b.Judges {
		if judge != own {
			folders = append(folders, judge)
		}
	}
	for _, folder := range folders {
		if err := b.build(ctx, folder); err != nil {
			return notViable, ""
		}
		// The quick tests take a fraction of the time of all.
		limit := 15*time.Second + b.Suites[folder].Time
		if verdict, test := b.stage(ctx, folder, limit, "-test.short", "-test.skip", b.Suites[folder].skip(b.Skip)); verdict != lived {
			return verdict, test
		}
	}
	return b.stage(ctx, own, 15*time.Second+5*b.Suites[own].Time, "-test.skip", b.Skip)
}

// patience is how many times as long a test program may take once it has exceeded its
// limit, which is that of a machine as busy as when the tests were measured.
const patience = 4

var fails = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)

// stage runs tests of a folder. A test that fails must fail again.
func (b *bench) stage(ctx context.Context, folder string, limit time.Duration, args ...string) (verdict, test string) {
	args = append(args, "-test.failfast")
	out, err := b.start(ctx, folder, limit, args...)
	if errors.Is(err, context.DeadlineExceeded) { // Stuck, or a busy machine.
		out, err = b.start(ctx, folder, patience*limit, args...)
	}
	if err == nil {
		return lived, ""
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return timedOut, folder
	}
	m := fails.FindStringSubmatch(out)
	switch {
	case m != nil:
		test = m[1]
		_, err = b.start(ctx, folder, patience*limit, "-test.run", "^"+regexp.QuoteMeta(test)+"$")
	case strings.Contains(out, "panic:") || strings.Contains(out, "fatal error:"):
		return killed, folder + " (crashed)"
	default: // Such as a goroutine that is left at the end.
		test = "TestMain"
		_, err = b.start(ctx, folder, patience*limit, args...)
	}
	if err == nil {
		b.flaky = append(b.flaky, folder+" "+test)
		return lived, ""
	}
	return killed, folder + " " + test
}

func (b *bench) program(folder string) string {
	return filepath.Join(b.dir, strings.ReplaceAll(folder, "/", "-")+".test")
}

// build makes the test program of a folder. It leaves the place of the module out, so that
// what is built can be used by the next run.
func (b *bench) build(ctx context.Context, folder string) error {
	cmd := exec.CommandContext(ctx, b.Go, "test", "-c", "-trimpath", "-vet=off", "-ldflags=-s -w", "-o", b.program(folder), "./"+folder) //nolint:gosec // the real go
	cmd.Dir = b.root
	cmd.Env = b.environment()
	if b.cache != "" {
		cmd.Env = append(cmd.Env, "GOCACHE="+b.cache)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the tests of %s: %w\n%s", folder, err, out)
	}
	return nil
}

// start runs a test program to its end, or until the limit.
func (b *bench) start(ctx context.Context, folder string, limit time.Duration, args ...string) (string, error) {
	if _, err := os.Stat(b.program(folder)); os.IsNotExist(err) {
		return "", nil // A package without tests.
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.program(folder), args...) //nolint:gosec // what build made
	cmd.Dir = filepath.Join(b.root, folder)
	cmd.Env = b.environment()
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return string(out), err
}

// claim takes a cache that no other trial uses, until release.
func (b *bench) claim() (release func() error, err error) {
	if b.Cache == "" {
		return func() error { return nil }, nil
	}
	for worker := 0; ; worker++ {
		b.cache = filepath.Join(b.Cache, strconv.Itoa(worker))
		if _, err := os.Stat(b.cache); err != nil {
			return nil, err
		}
		lock := filepath.Join(b.Dir, strconv.Itoa(worker)+".lock")
		f, err := os.OpenFile(lock, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // below our own folder
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return func() error { return errors.Join(b.sweep(), os.Remove(lock)) }, f.Close()
	}
}

// keep notes what is in the cache, and sweep deletes all else: each mutant adds its
// packages, several megabytes.
func (b *bench) keep() error {
	if b.cache == "" {
		return nil
	}
	names, err := b.cached()
	if err != nil {
		return err
	}
	return os.WriteFile(b.kept(), []byte(strings.Join(names, "\n")), 0o600)
}

func (b *bench) kept() string {
	return filepath.Join(b.Dir, filepath.Base(b.cache)+".kept")
}

func (b *bench) sweep() error {
	text, err := os.ReadFile(b.kept())
	if err != nil {
		return err
	}
	keep := strings.Split(string(text), "\n")
	names, err := b.cached()
	for _, name := range names {
		if _, found := slices.BinarySearch(keep, name); !found {
			err = errors.Join(err, os.Remove(filepath.Join(b.cache, name)))
		}
	}
	return err
}

// cached returns the names of the files in the cache, in order.
func (b *bench) cached() ([]string, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(b.cache), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	slices.Sort(names)
	return names, err
}
