package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/probe"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// probing is the subcommand probe.
type probing struct {
	server
	opts               probe.Options
	speech             string
	markdown, listOnly bool
}

func newProbe() *cobra.Command {
	p := &probing{}
	cmd := &cobra.Command{
		Use:   "probe [URL]",
		Short: "Find out what a server that speaks the protocol can and cannot",
		Long: `Find out what a server that speaks the Realtime protocol can and cannot: 43 checks, each on
a session of its own. It asks for a few short responses, which a paid service charges for.

The exit status is 0 if the server can do all that is required, 1 if not, and 2 if it
cannot be probed.`,
		Example: `  realtime probe https://gpu-1.internal/v1
  realtime probe http://127.0.0.1:8080/v1 -require update,response/audio
  realtime probe -markdown >matrix.md`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			out := outputOf(cmd)
			if p.listOnly {
				return out.show(probe.Names(), "%s", strings.Join(probe.Names(), "\n"))
			}
			for _, name := range slices.Concat(p.opts.Checks, p.opts.Require) {
				if !isCheck(name) {
					return &usageError{fmt.Errorf("there is no check %q; see realtime probe -list", name), cmd.CommandPath()}
				}
			}
			if len(args) > 0 {
				p.url = args[0]
			}
			return p.run(cmd.Context(), out)
		},
	}
	p.flags(cmd)
	f := cmd.Flags()
	f.StringSliceVar(&p.opts.Checks, "checks", nil, "`names` of checks or of their groups (default: all)")
	f.StringSliceVar(&p.opts.Require, "require", nil, "`names` of the checks that decide the exit status (default: all that are made)")
	f.DurationVar(&p.opts.Wait, "wait", 10*time.Second, "how long a check waits for an event")
	f.StringVar(&p.opts.Transcription, "transcription", "", "`model` that transcribes (default: gpt-4o-mini-transcribe)")
	f.StringVar(&p.speech, "speech", "", "WAV `file` with a sentence (default: a question in English)")
	f.BoolVar(&p.markdown, "markdown", false, "print the matrix as Markdown")
	f.BoolVar(&p.listOnly, "list", false, "print the names of the checks and exit")
	return cmd
}

// isCheck reports whether a name is that of a check or of a group.
func isCheck(name string) bool {
	return slices.ContainsFunc(probe.Names(), func(check string) bool { return check == name || strings.HasPrefix(check, name+"/") })
}

func (p *probing) run(ctx context.Context, out *output) error {
	var err error
	if p.speech == "" {
		p.opts.Speech, err = recordings.Read("question")
	} else {
		p.opts.Speech, err = readSound(p.speech)
	}
	if err != nil {
		return err
	}
	client, end, err := p.client(out, probeServer())
	if err != nil {
		return err
	}
	defer end()
	report, err := probe.Run(ctx, client, realtime.Model(p.model), &p.opts)
	if err != nil {
		return &unprobedError{err}
	}
	switch {
	case out.json:
		err = out.value(report)
	case p.markdown:
		_, err = io.WriteString(out, report.Markdown())
	default:
		err = printMatrix(out, report)
	}
	if failed := report.ExitStatus(); err == nil && failed != 0 {
		return &silentError{failed}
	}
	return err
}

// probeServer configures the test server that is probed without a key: it does what the
// checks ask of a model.
func probeServer() *realtimetest.Config {
	return &realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Returned("get_weather"), Do: []realtimetest.Step{realtimetest.Say{Text: "It is sunny."}}},
		{When: realtimetest.Said("weather"), Do: []realtimetest.Step{realtimetest.Call{Name: "get_weather", Arguments: `{"city":"Lisbon"}`}}},
		{When: realtimetest.Said("count"), Do: []realtimetest.Step{realtimetest.Wait(time.Second), realtimetest.Say{Text: "One."}}},
	}}}
}

// unprobedError is the reason why a server could not be probed at all.
type unprobedError struct{ err error }

func (e *unprobedError) Error() string { return "the server cannot be probed: " + e.err.Error() }
func (e *unprobedError) Unwrap() error { return e.err }

// printMatrix prints a line for each check, and what they add up to.
func printMatrix(w io.Writer, r *probe.Report) error {
	if _, err := fmt.Fprintf(w, "%s, model %q\n\n", r.Server, r.Model); err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	sums := map[probe.Outcome]int{}
	for _, c := range r.Results {
		sums[c.Outcome]++
		about := c.About
		if c.Detail != "" {
			about += ": " + c.Detail
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", c.Outcome, c.Name, about)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d can, %d cannot, %d unknown\n", sums[probe.Can], sums[probe.Cannot], sums[probe.Unknown])
	return err
}
