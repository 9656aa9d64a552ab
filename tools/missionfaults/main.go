// Command missionfaults breaks each requirement of docs/mission.md once and runs the
// tests of its row. One of them must fail, otherwise the tests do not prove the
// requirement.
//
//	go run ./tools/missionfaults [-row S054,S061] [-j 2]
//
// The faults are in docs/mission-faults.yaml. They are applied with an overlay of the go
// command, so no file of the module changes. First, all tests run once without a fault.
// The command prints the rows whose tests do not detect their fault, and exits with 1 if
// there are any.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/internal/mission"
)

func main() {
	only := flag.String("row", "", "`ids` of the rows to try, with commas (default: all)")
	workers := flag.Int("j", 1, "the `number` of faults to try at a time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *only, *workers, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "missionfaults:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, workers int, log io.Writer) error {
	t, rows, err := load(only)
	if err != nil {
		return err
	}
	t.log = log
	if t.dir, err = os.MkdirTemp("", "missionfaults-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(t.dir) }()
	began := time.Now()
	if err := t.baseline(ctx, rows); err != nil {
		return err
	}
	fmt.Fprintf(log, "without a fault all tests pass (%.0f s)\n", time.Since(began).Seconds())
	t.all(ctx, rows, workers)
	fmt.Fprintf(log, "%d of %d faults detected, %d skipped, in %.0f s\n", t.detected, len(rows), len(t.skipped), time.Since(began).Seconds())
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(t.failed) > 0 {
		slices.Sort(t.failed)
		return errors.New("not detected: " + strings.Join(t.failed, ", "))
	}
	return nil
}

// load reads the module, its faults, and the rows whose ids are in only, or all rows.
func load(only string) (*trials, []mission.Row, error) {
	root, err := filepath.Abs(".")
	if err != nil {
		return nil, nil, err
	}
	module, err := mission.Load(root)
	if err != nil {
		return nil, nil, err
	}
	doc, err := os.ReadFile(filepath.Join("docs", "mission.md"))
	if err != nil {
		return nil, nil, err
	}
	text, err := os.ReadFile(filepath.Join("docs", "mission-faults.yaml"))
	if err != nil {
		return nil, nil, err
	}
	faults, err := mission.Faults(text)
	if err != nil {
		return nil, nil, err
	}
	rows := mission.Rows(string(doc))
	if only != "" {
		ids := strings.Split(only, ",")
		rows = slices.DeleteFunc(rows, func(r mission.Row) bool { return !slices.Contains(ids, r.ID) })
		if len(rows) != len(ids) {
			return nil, nil, fmt.Errorf("%d of %d rows are not in docs/mission.md", len(ids)-len(rows), len(ids))
		}
	}
	return &trials{root: root, module: module, faults: faults}, rows, nil
}

// trials tries faults.
type trials struct {
	root, dir string
	module    *mission.Module
	faults    map[string]mission.Fault
	log       io.Writer

	mu       sync.Mutex
	detected int
	failed   []string
	skipped  []string
}

// all tries the faults of rows with several workers.
func (t *trials) all(ctx context.Context, rows []mission.Row, workers int) {
	next := make(chan mission.Row)
	var working sync.WaitGroup
	for range max(workers, 1) {
		working.Go(func() {
			for row := range next {
				t.one(ctx, row)
			}
		})
	}
	for _, row := range rows {
		if ctx.Err() != nil {
			break
		}
		next <- row
	}
	close(next)
	working.Wait()
}

// one tries the fault of a row and records the result.
func (t *trials) one(ctx context.Context, row mission.Row) {
	began := time.Now()
	result, err := t.try(ctx, row)
	if ctx.Err() != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err != nil:
		t.failed = append(t.failed, row.ID)
		result = "NOT DETECTED: " + err.Error()
	case result == skipped:
		t.skipped = append(t.skipped, row.ID)
	default:
		t.detected++
	}
	fmt.Fprintf(t.log, "%s %5.1f s  %s\n", row.ID, time.Since(began).Seconds(), result)
}

// skipped is the result for a row whose tests cannot run on this machine.
const skipped = "skipped: its tests cannot run on this machine"

// try applies the fault of a row and runs the row's tests. It returns the test that
// detected the fault, or an error if none did.
func (t *trials) try(ctx context.Context, row mission.Row) (string, error) {
	fault, ok := t.faults[row.ID]
	if !ok {
		return "", errors.New("the row has no fault")
	}
	file, text, err := t.module.Plant(fault)
	if err != nil {
		return "", err
	}
	overlay, err := t.overlay(row.ID, file, text)
	if err != nil {
		return "", err
	}
	ran := false
	for _, g := range t.groups(row.Tests) {
		out := t.test(ctx, g, overlay)
		switch {
		case out.broken:
			return "", fmt.Errorf("the fault does not compile:\n%s", out.text)
		case out.fails:
			return "detected by " + out.first(g), nil
		}
		ran = ran || !out.skippedAll()
	}
	if !ran {
		return skipped, nil
	}
	return "", errors.New(strings.Join(row.Tests, ", ") + " pass with the fault")
}
