package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/view"
)

// viewing is the subcommand view.
type viewing struct {
	out   string
	force bool
	opts  view.Options
}

func newView() *cobra.Command {
	v := &viewing{}
	cmd := &cobra.Command{
		Use:   "view FILE",
		Short: "Show a recorded call as a page",
		Long: `Show a recorded call as a page in one file, which opens in a browser without a server or a
network, and print what stands out in the call.

A page of a recording with content holds that content.`,
		Example: `  realtime view call.jsonl              # writes call.html
  realtime view call.jsonl -out - >page.html`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: recordingFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return v.run(outputOf(cmd), args[0])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&v.out, "out", "o", "", "`file` for the page, - for standard output (default: beside the recording)")
	f.BoolVar(&v.force, "force", false, "replace an existing page")
	f.StringVar(&v.opts.Title, "title", "", "heading (default: the id of the recording)")
	f.BoolVar(&v.opts.NoSound, "no-sound", false, "leave the sound out")
	f.IntVar(&v.opts.MaxBytes, "max-bytes", view.MaxBytes, "size of the page that its sound must keep")
	return cmd
}

// finding is what stands out, as JSON.
type finding struct {
	At       float64 `json:"at"`
	Severity string  `json:"severity"`
	Kind     string  `json:"kind"`
	Text     string  `json:"text"`
	Lines    []int   `json:"lines"`
}

func (v *viewing) run(out *output, name string) (err error) {
	rec, err := openRecording(out, name)
	if err != nil {
		return err
	}
	if v.out == "-" {
		return view.HTML(out, rec, &v.opts)
	}
	if v.out == "" {
		v.out = beside(name, ".html")
	}
	page, err := create(v.out, v.force, "-o")
	if err != nil {
		return err
	}
	if err := errors.Join(view.HTML(page, rec, &v.opts), page.Close()); err != nil {
		return err
	}
	findings := findingsOf(rec)
	if out.json {
		return out.value(map[string]any{"page": v.out, "findings": findings})
	}
	for _, f := range findings {
		if _, err := fmt.Fprintf(out, "%8s  %-6s  %s\n", recording.Micros(f.At*float64(recording.Second)), f.Severity, f.Text); err != nil {
			return err
		}
	}
	return out.show(nil, "%s", v.out)
}

// openRecording reads a recording. Lines that cannot be read are remarked and left out.
func openRecording(out *output, name string) (*recording.Recording, error) {
	rec, err := recording.Open(name)
	if rec == nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, bad := range rec.Bad {
		out.remark("%s: %v", name, bad)
	}
	if _, told := err.(*recording.LineError); err != nil && !told { //nolint:errorlint // One that is joined with another is no line alone.
		out.remark("%s: %v", name, err)
	}
	if rec.Tail != nil {
		out.remark("%s is cut: the call went on, or its writer died", name)
	}
	for _, line := range rec.Lines {
		if gap, ok := line.Body.(*recording.Gap); ok {
			out.remark("%s lacks %d lines (%s) near %v: its writer fell behind", name, gap.Lines, strings.Join(gap.Kinds, ", "), line.At)
		}
	}
	return rec, nil
}

func findingsOf(rec *recording.Recording) []finding {
	found := []finding{}
	for _, f := range rec.Findings() {
		one := finding{At: f.At.Seconds(), Severity: string(f.Severity), Kind: string(f.Kind), Text: f.Text}
		for _, proof := range f.Evidence {
			one.Lines = append(one.Lines, proof.Line)
		}
		found = append(found, one)
	}
	return found
}
