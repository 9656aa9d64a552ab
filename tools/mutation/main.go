// Command mutation measures how many small faults the tests of a package detect. Gremlins
// finds the faults.
//
//	go run ./tools/mutation -gremlins FILE [-sample 300] [-seed 1] [-only REGEXP] [-short=false] wire calls
//
// Gremlins would compile and link the tests once for each fault, which takes half a minute.
// This command rewrites a copy of the package once, so that one test program holds all
// faults, each behind a switch that an environment variable turns on: a < b becomes
// mutantLess(17, a, b). A run of each test by itself shows which faults it reaches; a fault
// then meets only the tests that reach it, the quickest first, those of packages above
// included.
//
// A fault that a test detects only the first time of two counts as detected by no test, and
// so does one that no test evaluates although a test reaches its line. Tests run with -short,
// unless -short=false is given, and those that measure speed are left out, since they fail on
// a busy machine. Some faults have no switch: they do
// not compile (a string that is subtracted), or stand where the language requires a constant.
// They are counted apart.
//
// A fault with which the tests do not end is tried once more with four times the limit, and
// then counts as timed out, which is detected. The figures state how many there are, and each
// is listed, since a machine that is busy enough can still be the cause.
//
// The command prints the survivors and, for each package, the shares. It exits with 1 if
// fewer than -threshold percent of the covered faults are detected.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, log io.Writer) error {
	o, targets, err := parse(args)
	if err != nil {
		return err
	}
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutation-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	r := &runner{options: o, root: root, copy: filepath.Join(dir, "module"), log: log}
	var below []string
	for _, target := range targets {
		target = filepath.ToSlash(filepath.Clean(target))
		s, err := r.target(ctx, target)
		if err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
		if s.share() < o.threshold {
			below = append(below, target)
		}
	}
	if len(below) > 0 {
		return fmt.Errorf("fewer than %g %% killed in %s", o.threshold, strings.Join(below, ", "))
	}
	return nil
}
