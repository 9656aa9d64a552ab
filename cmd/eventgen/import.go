package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/importer"
)

const importUsage = `usage: eventgen import [flags] UPSTREAM

Brings what is new in an OpenAPI document, a file or a URL, into the spec. Prose,
order and names of the spec stay; what is new is marked TODO until it is described.
What cannot be merged is reported and left. Exit status: 0 all is merged, 3
something is left, 1 an error.

`

// errLeft is the exit status when something is left to be done by hand.
const errLeft statusError = 3

// runImport brings the structural changes of a document into the spec.
func runImport(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("eventgen import", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, importUsage)
		flags.PrintDefaults()
	}
	spec := flags.String("spec", "spec/openapi.yaml", "OpenAPI `file` to change")
	async := flags.String("asyncapi", "", "AsyncAPI `file` with the channels, changed too if it is there (default: asyncapi.yaml beside the spec)")
	overrides := flags.String("overrides", "", "`file` that tells where the documents differ on purpose, and why")
	src := sourceFlags(flags)
	names, err := positional(flags, args, 1)
	if err != nil {
		return err
	}
	if *async == "" {
		*async = filepath.Join(filepath.Dir(*spec), "asyncapi.yaml")
	}
	in := importer.Input{Name: names[0]}
	if in.Overrides, err = readOverrides(*overrides); err != nil {
		return err
	}
	if in.Spec, err = os.ReadFile(*spec); err != nil {
		return err
	}
	if in.AsyncAPI, err = os.ReadFile(*async); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if in.Upstream, err = src.read(names[0]); err != nil {
		return err
	}
	result, err := importer.Run(in)
	if err != nil {
		return err
	}
	if err := os.WriteFile(*spec, result.Spec, 0o644); err != nil { //nolint:gosec // source is for everyone to read
		return err
	}
	if in.AsyncAPI != nil {
		if err := os.WriteFile(*async, result.AsyncAPI, 0o644); err != nil { //nolint:gosec // as above
			return err
		}
	}
	if err := src.record(); err != nil {
		return err
	}
	for _, line := range src.notes {
		fmt.Fprintln(stdout, "note:", line)
	}
	for _, line := range result.Merged {
		fmt.Fprintln(stdout, "merged:", line)
	}
	for _, line := range result.Left {
		fmt.Fprintln(stdout, "left:", line)
	}
	if len(result.Left) > 0 {
		return errLeft
	}
	return nil
}
