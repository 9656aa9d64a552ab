// Command eventgen generates a Go package from an OpenAPI 3.1 document whose
// messages carry their name in a type member: structs with a fast codec, sealed
// unions, open enumerations and a REST client.
//
//	eventgen -spec spec/openapi.yaml -out gen/api -package api
//
// An AsyncAPI 3 document works too: each of its operations becomes a union of
// events. Two more commands follow an upstream document as it moves:
//
//	eventgen diff OLD NEW        says what changes on the wire, and whom it breaks
//	eventgen import UPSTREAM     brings what is new into the spec
//
// The document's own keywords for the generator:
//
//   - x-event-union: true marks a union of events.
//   - x-event-direction: send or receive says which way its events go, seen from
//     the program that uses the package; diff wants to know.
//   - x-event-aliases lists older wire names of an event.
//   - x-known-values lists the known values of an open string.
//   - x-go-name and x-go-prefix rename a type or member, and the constants of
//     a type.
//   - x-go-constructors holds example values with holes, which become functions.
//   - x-go-package-doc, in info, is added to the comment of the package.
//   - x-go-unshared, in info, lists the members whose text is another in every
//     message, such as an event's id: decoders do not look for it among texts that
//     come again.
//   - x-require-one-of names optional members of which one must be there.
//
// A constant member tells the objects of a union apart. In an anyOf one of them may
// lack it: objects without the member are decoded into that one.
//
// Every other JSON Schema keyword that shapes values is either handled or an
// error with file, line and JSON pointer.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/voicelane/realtime-go/internal/specdoc"
	"github.com/voicelane/realtime-go/templates"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if status, ok := errors.AsType[statusError](err); ok {
			os.Exit(int(status))
		}
		fmt.Fprintln(os.Stderr, "eventgen:", err)
		os.Exit(1)
	}
}

// statusError ends the program with a status and no message.
type statusError int

func (s statusError) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func run(args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "diff":
			return runDiff(args[1:], stdout, stderr)
		case "import":
			return runImport(args[1:], stdout, stderr)
		}
	}
	flags := flag.NewFlagSet("eventgen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	spec := flags.String("spec", "spec/asyncapi.yaml", "OpenAPI 3.1 or AsyncAPI 3 `file`; the files that it refers to are read, too")
	out := flags.String("out", "gen/api", "`folder` of the package; generated files in it are replaced")
	name := flags.String("package", "api", "`name` of the package")
	unions := flags.String("unions", "", "comma-separated `names` of the event unions; only what they reach is generated\n(default: those marked x-event-union, and everything else)")
	client := flags.Bool("client", true, "generate the REST client")
	tmpl := flags.String("templates", "", "`folder` of templates that replace those of the generator, file by file")
	check := flags.Bool("check", false, "write nothing; name the files that differ and fail if there are any")
	if err := flags.Parse(args); err != nil {
		return err
	}
	doc, err := specdoc.Read(filepath.ToSlash(*spec), os.ReadFile)
	if err != nil {
		return err
	}
	cfg := Config{Spec: doc, Package: *name, Client: *client}
	if *tmpl != "" {
		cfg.Templates = overlay{os.DirFS(*tmpl), templates.FS}
	}
	if *unions != "" {
		cfg.Unions = strings.Split(*unions, ",")
	}
	files, err := Generate(cfg)
	if err != nil {
		return err
	}
	if *check {
		return Check(*out, files, stdout)
	}
	return Write(*out, files)
}
