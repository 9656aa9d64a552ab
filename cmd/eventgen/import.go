package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/importer"
)

const importUsage = `usage: eventgen import [flags] UPSTREAM

Merges additions of an OpenAPI or AsyncAPI document, a file or a URL, into the spec. Each
part is added to the file that holds its kind: the schema of an event to the schemas; its
message, its entry in the channel and its operation to the AsyncAPI document. Prose,
order, names and comments of the spec stay. New parts are marked TODO until they are
described; the replies to a new event must be added by hand. Changes that cannot be
merged are reported.

Exit status: 0 everything is merged, 3 changes are left, 1 an error.

`

// errLeft is the exit status if changes are left.
const errLeft statusError = 3

// runImport merges the structural changes of a document into the spec.
func runImport(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("eventgen import", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, importUsage)
		flags.PrintDefaults()
	}
	spec := flags.String("spec", "spec/asyncapi.yaml", "OpenAPI 3.1 or AsyncAPI 3 `file` to change; the files that it refers to are changed too")
	overrides := flags.String("overrides", "", "`file` of the differences that are intended, with reasons")
	src := sourceFlags(flags)
	names, err := positional(flags, args, 1)
	if err != nil {
		return err
	}
	in := importer.Input{Spec: filepath.ToSlash(*spec), Open: os.ReadFile}
	if in.Overrides, err = readOverrides(*overrides); err != nil {
		return err
	}
	if in.Upstream, err = src.document(names[0]); err != nil {
		return err
	}
	result, err := importer.Run(in)
	if err != nil {
		return err
	}
	for file, data := range result.Files {
		if err := os.WriteFile(file, data, 0o644); err != nil { //nolint:gosec // Source code is readable by all.
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
