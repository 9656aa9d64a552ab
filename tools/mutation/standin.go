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
)

// planVariable names the file of the plan, for the program in place of go.
const planVariable = "MUTATION_PLAN"

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
		_ = p.record(outcome{mutant: o.mutant, Verdict: broken, Test: err.Error()})
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
