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
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return // The usage is printed.
	}
	if err != nil {
		if status, ok := errors.AsType[statusError](err); ok {
			os.Exit(int(status))
		}
		fmt.Fprintln(os.Stderr, "eventgen:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "diff":
			return runDiff(args[1:], stdout, stderr)
		case "import":
			return runImport(args[1:], stdout, stderr)
		}
	}
	return runGenerate(args, stdout, stderr)
}

const usage = `usage: eventgen [flags]
       eventgen diff [flags] OLD NEW
       eventgen import [flags] UPSTREAM

Generates a Go package from an OpenAPI 3 or AsyncAPI 2 or 3 document. What the document
says and the package cannot express is printed as warnings, with file, line and JSON
pointer.

`

// runGenerate generates a package.
func runGenerate(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("eventgen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	spec := flags.String("spec", "spec/asyncapi.yaml", "OpenAPI 3 or AsyncAPI 2 or 3 `file`; the files that it refers to by relative names are read too")
	out := flags.String("out", "gen/api", "`folder` of the package; generated files in it are replaced")
	name := flags.String("package", "api", "`name` of the package")
	unions := flags.String("unions", "", "comma-separated `names` of the event unions; only their types are generated\n(default: those marked x-event-union, and everything else)")
	client := flags.Bool("client", true, "generate the REST client")
	tmpl := flags.String("templates", "", "`folder` of templates; each file replaces the generator's file of that name")
	check := flags.Bool("check", false, "write nothing; list the files that differ and fail if there are any")
	times := flags.Bool("times", false, "members of format date-time are times, not strings")
	strict := flags.Bool("strict", false, "take warnings for errors")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: the document is named by -spec; -h lists the flags", flags.Arg(0))
	}
	doc, err := specdoc.Read(filepath.ToSlash(*spec), os.ReadFile)
	if err != nil {
		return err
	}
	cfg := Config{Spec: doc, Package: *name, Client: *client, Times: *times, Strict: *strict}
	if *tmpl != "" {
		cfg.Templates = overlay{os.DirFS(*tmpl), templates.FS}
	}
	if *unions != "" {
		cfg.Unions = strings.Split(*unions, ",")
	}
	files, err := Generate(cfg)
	if !*strict {
		for _, w := range cfg.Warnings() {
			fmt.Fprintln(stderr, "eventgen: warning:", w)
		}
	}
	if err != nil {
		return err
	}
	if *check {
		return Check(*out, files, stdout)
	}
	return Write(*out, files)
}
