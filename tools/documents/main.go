// Command documents runs eventgen on every OpenAPI and AsyncAPI document below a folder
// and prints what came out as a Markdown table.
//
//	go run ./tools/documents FOLDER
//
// Each document is generated as it is, by the program as users run it. The package is
// compiled in a module of its own. Then the example payloads of the document are decoded
// and encoded by every union and every type of the package, and compared with the
// originals. Files named *.payloads.jsonl beside a document, with one payload a line,
// are used as well. The exit status is 1 if a package does not compile or a payload
// changes.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// The files form families, from the bottom up. A file uses files of its own family and of
// families listed before it; a test holds that.
//
//   - payload_*: the example payloads of a document.
//   - trip_*: payloads through a package and back.
//   - bench_*: the module in which packages are generated and compiled.
//   - main_*: the table.

func main() {
	only := flag.String("only", "", "`regexp` of the documents to try")
	keep := flag.String("keep", "", "`folder` for the generated packages (default: a temporary one)")
	types := flag.Bool("types", true, "also round-trip the payloads through every struct type")
	extra := flag.String("flags", "", "further `flags` of eventgen, separated by spaces, such as -times")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: documents [flags] FOLDER")
		os.Exit(2)
	}
	ok, err := run(context.Background(), options{
		folder: flag.Arg(0), only: *only, keep: *keep, types: *types, flags: strings.Fields(*extra),
	}, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "documents:", err)
		os.Exit(1)
	}
	if !ok {
		os.Exit(1)
	}
}

// options are the options of a run.
type options struct {
	folder, only, keep string
	types              bool     // Payloads go through every struct type, too.
	flags              []string // Of eventgen.
}

// run tries the documents of a folder. ok is false if a package does not compile or a
// payload changes.
func run(ctx context.Context, opts options, out io.Writer) (ok bool, err error) {
	pattern, err := regexp.Compile(opts.only)
	if err != nil {
		return false, err
	}
	docs, err := find(opts.folder, pattern)
	if err != nil {
		return false, err
	}
	bench, err := newBench(ctx, opts.keep)
	if err != nil {
		return false, err
	}
	defer bench.close()
	bench.flags, bench.types = opts.flags, opts.types
	fmt.Fprint(out, head)
	var sum summary
	for i, doc := range docs {
		r := bench.try(ctx, filepath.Join(opts.folder, doc), fmt.Sprintf("doc%02d", i))
		sum.add(r)
		fmt.Fprint(out, r.row(filepath.ToSlash(doc), filepath.ToSlash(opts.folder)))
	}
	fmt.Fprint(out, sum.text())
	return sum.faults == 0, nil
}

// version matches the keyword that begins a document, in YAML or JSON.
var version = regexp.MustCompile(`(?m)^[ \t{]*["']?(asyncapi|openapi)["']?\s*:\s*["']?\d`)

// find returns the documents below a folder, in lexical order, relative to it.
func find(folder string, only *regexp.Regexp) ([]string, error) {
	var docs []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".yml", ".yaml", ".json":
		default:
			return nil
		}
		name, err := filepath.Rel(folder, path)
		if err != nil || !only.MatchString(filepath.ToSlash(name)) {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // The caller chooses the folder.
		if err == nil && version.Match(data) {
			docs = append(docs, name)
		}
		return err
	})
	return docs, err
}

const head = "| Document | Result | Generated in | Warnings | Payloads | Message |\n| --- | --- | --- | --- | --- | --- |\n"

// row is a line of the table. Messages are shown without the folder.
func (r *result) row(doc, folder string) string {
	payloads := ""
	if r.payloads > 0 {
		payloads = fmt.Sprintf("%d, %d recognized, %d changed", r.payloads, r.known, r.changed)
	}
	message := strings.ReplaceAll(r.message, folder+"/", "")
	message = strings.NewReplacer("|", "\\|", "\n", " ").Replace(message)
	return fmt.Sprintf("| %s | %s | %.2f s | %d | %s | %s |\n", doc, r.outcome, r.took.Seconds(), r.warnings, payloads, message)
}

// summary counts results.
type summary struct {
	documents, compiled, refused, faults int
	tripped, payloads, changed           int
}

func (s *summary) add(r *result) {
	s.documents++
	switch r.outcome {
	case compiles:
		s.compiled++
	case refused:
		s.refused++
	default:
		s.faults++
	}
	if r.payloads > 0 {
		s.tripped++
	}
	s.payloads += r.payloads
	s.changed += r.changed
	if r.changed > 0 {
		s.faults++
	}
}

func (s *summary) text() string {
	return fmt.Sprintf("\n%d documents: %d generate and compile, %d are refused with a message, %d faults. %d payloads of %d documents, %d changed.\n",
		s.documents, s.compiled, s.refused, s.faults, s.payloads, s.tripped, s.changed)
}
