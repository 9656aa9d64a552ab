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

Brings what is new in an OpenAPI or AsyncAPI document, a file or a URL, into the
spec, each part into the file that holds it: of an AsyncAPI document and the schemas
beside it, an event's schema goes to the schemas, and its message, its line in the
channel and its operation go to the AsyncAPI document. Prose, order, names and
comments of the spec stay; what is new is marked TODO until it is described. What
answers a new event is for you to say. What cannot be merged is reported and left.
Exit status: 0 all is merged, 3 something is left, 1 an error.

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
	spec := flags.String("spec", "spec/asyncapi.yaml", "OpenAPI 3.1 or AsyncAPI 3 `file` to change; the files that it refers to are changed, too")
	overrides := flags.String("overrides", "", "`file` that tells where the documents differ on purpose, and why")
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
		if err := os.WriteFile(file, data, 0o644); err != nil { //nolint:gosec // source is for everyone to read
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
