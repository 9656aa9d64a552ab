package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/mission"
)

// group is a group of tests of one package.
type group struct {
	dir   string
	tests []string // Names with the subtest, but without the package.
}

// pattern returns the value of -run for exactly these tests.
func (g group) pattern() string {
	var out []string
	for _, test := range g.tests {
		parts := strings.Split(test, "/")
		for i, part := range parts {
			parts[i] = "^" + regexp.QuoteMeta(part) + "$"
		}
		out = append(out, strings.Join(parts, "/"))
	}
	return strings.Join(out, "|")
}

// groups returns the tests by package, in the given order.
func (t *trials) groups(tests []string) []group {
	var groups []group
	for _, name := range tests {
		found := t.module.Tests(name)
		if len(found) == 0 || found[0].Browser {
			continue // It does not exist, or another test runs it in a browser.
		}
		_, test, _ := strings.Cut(name, ".")
		i := slices.IndexFunc(groups, func(g group) bool { return g.dir == found[0].Dir })
		if i < 0 {
			groups = append(groups, group{dir: found[0].Dir})
			i = len(groups) - 1
		}
		if !slices.Contains(groups[i].tests, test) {
			groups[i].tests = append(groups[i].tests, test)
		}
	}
	return groups
}

const modulePath = "github.com/voicelane/realtime-go"

// output is the output of go test.
type output struct {
	text   string
	fails  bool // A test failed, or none could run.
	broken bool // No test could run: the package did not compile.
}

var (
	failed = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	passed = regexp.MustCompile(`(?m)^\s*--- PASS: (\S+)`)
	skips  = regexp.MustCompile(`(?m)^\s*--- SKIP: (\S+)`)
)

// first returns the test that failed.
func (o output) first(g group) string {
	all := failed.FindAllStringSubmatch(o.text, -1)
	if len(all) == 0 {
		return g.dir + ", without a failed test (it crashed or timed out)"
	}
	return g.dir + " " + all[len(all)-1][1]
}

func (o output) skippedAll() bool {
	return skips.MatchString(o.text) && !passed.MatchString(o.text)
}

// test runs a group of tests, with an overlay if it is not "".
func (t *trials) test(ctx context.Context, g group, overlay string) output {
	// Without optimisation and symbols the build is faster.
	cmd := exec.CommandContext(ctx, "go", "test", "-vet=off", "-gcflags="+modulePath+"/...=-N -l", "-ldflags=-s -w", //nolint:gosec // Its arguments come from docs/mission.md.
		"-count=1", "-failfast", "-timeout=120s", "-v", "-run="+g.pattern(), ".")
	cmd.Dir = filepath.Join(t.root, filepath.FromSlash(g.dir))
	// GOFLAGS, not an argument, so that tests that run the go command get the overlay too.
	flags := os.Getenv("GOFLAGS")
	if overlay != "" {
		flags = strings.TrimSpace(flags + " -overlay=" + overlay)
	}
	cmd.Env = append(cmd.Environ(), "GOFLAGS="+flags)
	out, err := cmd.CombinedOutput()
	text := string(out)
	return output{text, err != nil, strings.Contains(text, "[build failed]") || strings.Contains(text, "[setup failed]")}
}

// overlay writes the text that replaces a file, and returns the path of the description
// for the go command's -overlay flag.
func (t *trials) overlay(id, file, text string) (string, error) {
	dir := filepath.Join(t.dir, id)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	with := filepath.Join(dir, filepath.Base(file))
	if err := os.WriteFile(with, []byte(text), 0o600); err != nil {
		return "", err
	}
	data, err := json.Marshal(map[string]map[string]string{"Replace": {file: with}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, data, 0o600)
}

// baseline runs all tests of the rows without a fault. It returns an error unless each
// test exists and passes or is skipped.
func (t *trials) baseline(ctx context.Context, rows []mission.Row) error {
	var tests []string
	for _, row := range rows {
		tests = append(tests, row.Tests...)
	}
	for _, g := range t.groups(tests) {
		out := t.test(ctx, g, "")
		if out.fails {
			return fmt.Errorf("%s fails without a fault:\n%s", g.dir, out.text)
		}
		ran := map[string]bool{}
		for _, m := range slices.Concat(passed.FindAllStringSubmatch(out.text, -1), skips.FindAllStringSubmatch(out.text, -1)) {
			ran[m[1]] = true
		}
		for _, test := range g.tests {
			if !ran[test] {
				return fmt.Errorf("%s: %s did not run", g.dir, test)
			}
		}
	}
	return nil
}
