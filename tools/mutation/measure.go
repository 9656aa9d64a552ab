package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var failures = regexp.MustCompile(`(?m)^\s*--- FAIL: .*$`)

var passes = regexp.MustCompile(`(?m)^--- PASS: (\S+) \(([0-9.]+)s\)`)

// measure runs the tests of the target and its judges once, and fills the caches of the
// workers.
func (p *plan) measure(ctx context.Context, workers int) error {
	p.Suites = make(map[string]suite)
	cmd := exec.CommandContext(ctx, p.Go, "list", "-f", "{{.Dir}}", "./"+p.Target+"/...") //nolint:gosec // the real go
	cmd.Dir = p.Module
	list, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	folders := slices.Clone(p.Judges)
	for dir := range strings.FieldsSeq(string(list)) {
		name, err := filepath.Rel(p.Module, dir)
		if err != nil {
			return err
		}
		folders = append(folders, filepath.ToSlash(name))
	}
	for worker := range workers {
		b := bench{plan: *p, root: p.Module}
		if p.Cache != "" {
			b.cache = filepath.Join(p.Cache, strconv.Itoa(worker))
		}
		if b.dir, err = os.MkdirTemp(p.Dir, "measure-"); err != nil {
			return err
		}
		for _, folder := range folders {
			if worker > 0 {
				err = b.build(ctx, folder)
			} else {
				err = b.measure(ctx, folder)
			}
			if err != nil {
				return err
			}
		}
		if err := errors.Join(b.keep(), os.RemoveAll(b.dir)); err != nil {
			return err
		}
	}
	return nil
}

// measure runs the tests of a folder without a fault.
func (b *bench) measure(ctx context.Context, folder string) error {
	if err := b.build(ctx, folder); err != nil {
		return err
	}
	// One test at a time: the time of a parallel test includes that of others.
	var start time.Time
	var out string
	var err error
	for range 3 { // A test may fail now and then. Such a test kills no mutant.
		start = time.Now()
		out, err = b.start(ctx, folder, 10*time.Minute, "-test.v", "-test.parallel=1", "-test.skip", excluded)
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("without a fault: %s: %w\n%s", folder, err, strings.Join(failures.FindAllString(out, -1), "\n"))
	}
	s := suite{Time: time.Since(start)}
	for _, m := range passes.FindAllStringSubmatch(out, -1) {
		if seconds, _ := strconv.ParseFloat(m[2], 64); seconds >= slow.Seconds() {
			s.Slow = append(s.Slow, m[1])
		}
	}
	b.Suites[folder] = s
	return nil
}
