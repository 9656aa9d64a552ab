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
	spec := flags.String("spec", "spec/asyncapi.yaml", "OpenAPI 3.1 or AsyncAPI 3 `file`; the files that it refers to are read too")
	out := flags.String("out", "gen/api", "`folder` of the package; generated files in it are replaced")
	name := flags.String("package", "api", "`name` of the package")
	unions := flags.String("unions", "", "comma-separated `names` of the event unions; only their types are generated\n(default: those marked x-event-union, and everything else)")
	client := flags.Bool("client", true, "generate the REST client")
	tmpl := flags.String("templates", "", "`folder` of templates; each file replaces the generator's file of that name")
	check := flags.Bool("check", false, "write nothing; list the files that differ and fail if there are any")
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
