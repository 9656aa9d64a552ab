package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/voicelane/realtime-go/caller"
	"github.com/voicelane/realtime-go/realtime"
)

// scenarios is the subcommand run.
type scenarios struct {
	server
	agent, dir   string
	instructions string
	calls        int
	live         bool
}

func newRun() *cobra.Command {
	s := &scenarios{}
	cmd := &cobra.Command{
		Use:   "run SCENARIO…",
		Short: "Call an agent by scenarios, and judge what the caller hears",
		Long: `Call an agent by scenario files, and judge what the caller hears: docs/testing.md describes
them. The agent is one of instructions and of functions with fixed outputs, from -agent.
Without a file it has the functions under "tools" of the scenario. A function that only the
script calls does not exist: an expectation of its call is not met.

The scenario's own script answers, in real time. With -live a model does, which costs
money. The exit status is 1 if an expectation is not met.`,
		Example: `  realtime run booking.yaml
  realtime run *.yaml -live -agent desk.json -calls 10`,
		Args: cobra.MinimumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error { return s.run(cmd.Context(), outputOf(cmd), args) },
	}
	s.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&s.agent, "agent", "", "JSON `file` with the agent")
	f.StringVar(&s.instructions, "instructions", "", "`text` for the agent, in place of that of the file")
	f.IntVar(&s.calls, "calls", 1, "how often each scenario is run")
	f.StringVar(&s.dir, "dir", "", "`directory` for recordings and pages of calls that fail (default: a temporary one)")
	f.BoolVar(&s.live, "live", false, "let a model answer instead of the scenario's script")
	return cmd
}

// callResult is what became of one call, as JSON.
type callResult struct {
	Scenario  string               `json:"scenario"`
	Call      int                  `json:"call"`
	Passed    bool                 `json:"passed"`
	Failures  []string             `json:"failures,omitempty"`
	Skipped   []string             `json:"skipped,omitempty"`
	Latencies map[string][]float64 `json:"latencies,omitempty"`
	Cost      string               `json:"cost,omitempty"`
	Files     []string             `json:"files,omitempty"`
}

func (s *scenarios) run(ctx context.Context, out *output, files []string) error {
	desk := &agentFile{}
	if s.agent != "" {
		var err error
		if desk, err = readAgent(s.agent); err != nil {
			return err
		}
	}
	if s.instructions != "" {
		desk.Instructions = s.instructions
	}
	o := &caller.Options{Dir: s.dir}
	if s.live {
		cfg, end := s.config(out, nil)
		defer end()
		o.Live, o.Target = cfg, realtime.Model(s.model)
	}
	var report caller.Report
	for _, name := range files {
		scenario, err := readScenario(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for n := range s.calls {
			result, err := caller.Run(ctx, scenario, s.program(desk, scenario), o)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			report.Add(scenario, result)
			if err := printCall(out, n+1, result); err != nil {
				return err
			}
		}
	}
	if !out.json {
		if _, err := fmt.Fprintf(out, "\n%s", &report); err != nil {
			return err
		}
	}
	if len(report.Failures()) > 0 {
		return &silentError{statusFailed}
	}
	return nil
}

func readScenario(name string) (s *caller.Scenario, err error) {
	f, err := os.Open(name) //nolint:gosec // The user chooses the file.
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return caller.Read(f, os.DirFS(filepath.Dir(name)))
}

// program returns a program that holds a call with the agent. One without a file has the
// functions that the scenario replaces, which a live call does not.
func (s *scenarios) program(desk *agentFile, scenario *caller.Scenario) caller.Program {
	whole := *desk
	if s.agent == "" && !s.live {
		for _, name := range slices.Sorted(maps.Keys(scenario.Tools)) {
			whole.Tools = append(whole.Tools, toolFile{Name: name, Output: "done"})
		}
	}
	return func(ctx context.Context, c *caller.Call) error {
		return c.Hold(ctx, whole.agent(), nil)
	}
}

// printCall prints what became of the nth call of a scenario.
func printCall(out *output, n int, r *caller.Result) error {
	c := callResult{Scenario: r.Scenario, Call: n, Passed: !r.Failed(), Skipped: r.Skipped, Files: r.Files, Latencies: map[string][]float64{}}
	for _, f := range r.Failures {
		c.Failures = append(c.Failures, f.String())
	}
	for l, all := range r.Latencies {
		for _, d := range all {
			c.Latencies[l.String()] = append(c.Latencies[l.String()], seconds(d))
		}
	}
	if !r.Scripted && r.CostErr == nil {
		c.Cost = r.Cost.String()
	}
	if out.json {
		return out.value(c)
	}
	verdict := "ok"
	if !c.Passed {
		verdict = "FAIL"
	}
	_, err := fmt.Fprintf(out, "%-4s  %s, call %d\n", verdict, c.Scenario, c.Call)
	return err
}
