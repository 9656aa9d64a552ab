package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
)

// runner tries mutants in a copy of the module.
type runner struct {
	options
	root string // The module.
	copy string // Of the module, for one target.
	log  io.Writer
}

// target tries the mutants of the packages in a folder and prints what it finds.
func (r *runner) target(ctx context.Context, target string) (summary, error) {
	s := summary{target: target, outcomes: make(map[string]outcome)}
	if err := os.RemoveAll(r.copy); err != nil {
		return s, err
	}
	if err := copyModule(ctx, r.root, r.copy); err != nil {
		return s, err
	}
	all, err := list(ctx, r.options, r.copy, target)
	if err != nil {
		return s, err
	}
	points, err := newSchema(r.copy, target, all).write(ctx)
	if err != nil {
		return s, fmt.Errorf("switches: %w", err)
	}
	b, err := newBench(ctx, r.options, r.copy, target, r.log)
	if err != nil {
		return s, err
	}
	if err := b.measure(ctx); err != nil {
		return s, err
	}
	for i, m := range all {
		all[i].point = points[m.At]
		all[i].covered = m.covered || len(b.reaching(points[m.At])) > 0
	}
	chosen := r.choose(&s, all)
	fmt.Fprintf(r.log, "%s: %d of %d covered mutants, %d tests\n", target, len(chosen), s.covered, len(b.tests))
	for round := range slices.Chunk(chosen, perRound) {
		outcomes, err := r.try(ctx, b, round)
		if err != nil {
			return s, err
		}
		s.add(r.log, r.root, outcomes)
		fmt.Fprintf(r.log, "%s: %d of %d tried, %.1f %% killed\n", target, len(s.outcomes), len(chosen), s.share())
	}
	s.print(r.log)
	return s, nil
}

// perRound is after how many mutants the share and the survivors are printed. Their order is
// random, so that the share is that of a sample.
const perRound = 50

// choose returns the covered mutants to try.
func (r *runner) choose(s *summary, all []mutant) []mutant {
	covered := slices.DeleteFunc(slices.Clone(all), func(m mutant) bool { return !m.covered })
	s.covered = len(covered)
	for _, m := range all {
		if !m.covered && m.point > 0 { // The others are of files that are not built, or do not compile.
			s.uncovered++
		}
	}
	covered = slices.DeleteFunc(covered, func(m mutant) bool { return !r.only.MatchString(m.At) })
	s.chosen = len(covered)
	random := rand.New(rand.NewPCG(r.seed, 0)) //nolint:gosec // an order that can be repeated
	random.Shuffle(len(covered), func(i, j int) { covered[i], covered[j] = covered[j], covered[i] })
	if 0 < r.sample && r.sample < len(covered) {
		covered = covered[:r.sample]
	}
	return covered
}

// try tries mutants, some at a time.
func (r *runner) try(ctx context.Context, b *bench, mutants []mutant) ([]outcome, error) {
	var mu sync.Mutex
	var outcomes []outcome
	parallel(r.workers, mutants, func(m mutant) {
		o := b.try(ctx, m)
		mu.Lock()
		defer mu.Unlock()
		outcomes = append(outcomes, o)
	})
	return outcomes, ctx.Err()
}
