package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Verdicts on a mutant.
const (
	killed   = "killed"
	timedOut = "timed out"
	lived    = "lived"
	noSwitch = "no switch" // It does not compile, or stands where a constant must.
)

// outcome is the verdict on a mutant, and the test that gave it.
type outcome struct {
	mutant
	Verdict string
	Test    string
	Flaky   []string // Tests that failed once of two times.
}

// try runs the tests that reach a mutant until one fails.
func (b *bench) try(ctx context.Context, m mutant) outcome {
	o := outcome{mutant: m, Verdict: noSwitch}
	if m.point == 0 {
		return o
	}
	tests := b.reaching(m.point)
	if len(tests) == 0 {
		o.Test = "(never evaluated)"
	}
	o.Verdict = lived
	for len(tests) > 0 && o.Verdict == lived && ctx.Err() == nil {
		n := group(tests)
		b.judge(ctx, &o, tests[:n])
		tests = tests[n:]
	}
	return o
}

// groupTime is about how long the tests take that run in one process.
const groupTime = 500 * time.Millisecond

// group returns how many of the tests run in the next process: those of one folder, and no
// more than the first if that is slow.
func group(tests []test) int {
	n, total := 0, time.Duration(0)
	for n < len(tests) && tests[n].folder == tests[0].folder && (n == 0 || total+tests[n].time < groupTime) {
		total += tests[n].time
		n++
	}
	return n
}

// patience is how many times as long tests may take once they have exceeded their limit,
// which is that of a machine as busy as when they were measured.
const patience = 4

// limit is how long tests may take.
func (b *bench) limit(tests []test) time.Duration {
	limit := b.grace
	for _, t := range tests {
		limit += 5 * t.time
	}
	return limit
}

// judge runs tests of a folder. Those that fail must fail again; the others are run without
// them if they do not.
func (b *bench) judge(ctx context.Context, o *outcome, tests []test) {
	folder := tests[0].folder
	run := func(limit time.Duration, tests []test) (string, error) {
		env := []string{fmt.Sprintf("MUTANT_POINT=%d", o.point), fmt.Sprintf("MUTANT_CHANGE=%d", o.change())}
		return b.start(ctx, folder, limit+b.grace, env, "-test.failfast", "-test.timeout", limit.String(), "-test.run", pattern(tests...))
	}
	for len(tests) > 0 && ctx.Err() == nil {
		out, err := run(b.limit(tests), tests)
		if err == nil {
			return
		}
		suspects, name := failed(out, tests)
		out, err = run(patience*b.limit(suspects), suspects)
		switch {
		case err == nil:
			o.Flaky = append(o.Flaky, folder+" "+name)
			tests = slices.DeleteFunc(slices.Clone(tests), func(t test) bool {
				return slices.ContainsFunc(suspects, func(s test) bool { return s.name == t.name })
			})
			continue
		case errors.Is(err, context.DeadlineExceeded), strings.Contains(out, "panic: test timed out"):
			o.Verdict = timedOut
		default:
			o.Verdict = killed
		}
		o.Test = folder + " " + name
		return
	}
}

var (
	fails   = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)
	running = regexp.MustCompile(`(?m)^\t+(\w+)\S* \([0-9.ms]+\)$`)
)

// failed returns the tests that failed or did not end, according to the output: all, if that
// does not tell.
func failed(out string, tests []test) (suspects []test, name string) {
	matches, name := fails.FindAllStringSubmatch(out, 1), "TestMain" // Such as a goroutine that is left at the end.
	if strings.Contains(out, "panic:") || strings.Contains(out, "fatal error:") {
		name = "(crashed)"
	}
	if _, after, ok := strings.Cut(out, "running tests:\n"); ok {
		matches = running.FindAllStringSubmatch(after, -1)
	}
	for _, t := range tests {
		if slices.ContainsFunc(matches, func(m []string) bool { return m[1] == t.name }) {
			suspects = append(suspects, t)
		}
	}
	if len(suspects) == 0 {
		return tests, name
	}
	return suspects, suspects[0].name
}
