// Command mutation measures how many small faults the tests of a package detect. Gremlins
// makes the faults, one at a time, in copies of the module.
//
//	go run ./tools/mutation -gremlins FILE [-sample 300] [-seed 1] [-only REGEXP] wire calls
//
// Gremlins runs go test once for each mutant. This command places itself in front of go,
// so that a mutant meets the tests in stages: first the quick ones of its package and of
// those that test it from above, with -short, then all tests of its package. A mutant that does not
// compile counts as not viable; one that a test detects only the first time of two counts
// as detected by no test. Tests that measure speed are left out, since they fail on a busy
// machine.
//
// A mutant with which the tests do not end is tried once more with four times the limit, and
// then counts as timed out, which is detected. The figures state how many there are, and each
// is listed, since a machine that is busy enough can still be the cause.
//
// The command prints the survivors and, for each package, the shares. It exits with 1 if
// fewer than -threshold percent of the covered mutants are killed.
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
	status := 0
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") == "go" {
		status = standIn(ctx, os.Args[1:])
	} else if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
		status = 1
	}
	stop()
	os.Exit(status)
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
	r, err := newRunner(ctx, o, root, dir, log)
	if err != nil {
		return err
	}
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
