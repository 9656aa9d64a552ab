package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// planVariable names the file of the plan, for the program in place of go.
const planVariable = "MUTATION_PLAN"

// plan tells the program in place of go what to do.
type plan struct {
	Go     string // The real go.
	Self   string // The folder of the program in place of go.
	Module string // The module without a fault.
	Target string // The folder with the packages to mutate.
	Dir    string // For records.
	Cache  string // For the builds of each worker, in folders 0, 1, …; if empty, go's.

	Judges []string         // Further folders with tests that count.
	Suites map[string]suite // The tests by folder.
	Chosen map[string]bool  // The keys of the mutants to try.
}

func (p *plan) records() string { return filepath.Join(p.Dir, "records.jsonl") }

// Exit statuses of go test, as gremlins reads them.
const (
	exitLived     = 0
	exitKilled    = 1
	exitNotViable = 2
)

// standIn is go, as gremlins sees it.
func standIn(ctx context.Context, args []string) int {
	var p plan
	text, err := os.ReadFile(os.Getenv(planVariable)) //nolint:gosec // the variable is ours
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
		return exitNotViable
	}
	if at := slices.Index(args, "-coverprofile"); at > 0 {
		return p.cover(ctx, args[at+1])
	}
	if len(args) == 0 || args[0] != "test" {
		return p.pass(ctx, args)
	}
	var o outcome
	folder, err := os.Getwd()
	if err == nil {
		o, err = p.judge(ctx, folder)
	}
	if err == nil {
		err = p.record(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
		_ = p.record(outcome{Verdict: broken, Test: err.Error()})
		return exitNotViable
	}
	switch o.Verdict {
	case killed, timedOut:
		return exitKilled
	case notViable:
		return exitNotViable
	default:
		return exitLived
	}
}

// cover writes the coverage of the target by all tests that count for it. Gremlins asks
// for it to list the mutants and again to try them; the second time it is copied.
func (p *plan) cover(ctx context.Context, file string) int {
	known := filepath.Join(p.Dir, "coverage")
	if _, err := os.Stat(known); err != nil {
		folder := "./" + p.Target + "/..."
		args := []string{"test", "-trimpath", "-vet=off", "-skip", excluded, "-cover", "-coverpkg", folder, "-coverprofile", known, folder}
		for _, judge := range p.Judges {
			args = append(args, "./"+judge)
		}
		if status := p.pass(ctx, args); status != 0 {
			return status
		}
	}
	text, err := os.ReadFile(known) //nolint:gosec // below our own folder
	if err == nil {
		err = os.WriteFile(file, text, 0o600) //nolint:gosec // gremlins names it
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
		return exitNotViable
	}
	return 0
}

// pass runs the real go.
func (p *plan) pass(ctx context.Context, args []string) int {
	cmd := exec.CommandContext(ctx, p.Go, args...) //nolint:gosec // what gremlins asks for
	cmd.Env = p.environment()
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		return exitNotViable
	}
	return 0
}

// environment is the one in which go is the real one.
func (p *plan) environment() []string {
	env := os.Environ()
	for i, entry := range env {
		if list, ok := strings.CutPrefix(entry, "PATH="); ok {
			dirs := slices.DeleteFunc(filepath.SplitList(list), func(dir string) bool { return dir == p.Self })
			env[i] = "PATH=" + strings.Join(dirs, string(filepath.ListSeparator))
		}
	}
	return env
}

func (p *plan) record(o outcome) error {
	line, err := json.Marshal(o)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(p.records(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}
