package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
)

// The exit statuses of diff, by the worst class of its changes. Status 1 is left to
// errors and 2 to the go command.
var diffStatus = map[diff.Class]statusError{
	diff.Compatible:      3,
	diff.BreaksReceivers: 4,
	diff.BreaksSenders:   5,
}

const diffUsage = `usage: eventgen diff [flags] OLD NEW

Compares two OpenAPI or AsyncAPI documents, files or URLs, by what is on the wire. The
files that a document refers to, by names relative to it, are read as well.

Of two AsyncAPI documents what answers what is compared, too. A reply that is removed,
that changes its place, or that is added as the first or the last one breaks senders
that wait for it; so does an x-subject that moves or goes. Another reply or a new
x-subject is compatible. Where one document is AsyncAPI alone, none of that is compared.

Exit status: 0 no change, 3 compatible changes, 4 a change breaks receivers, 5 a
change breaks senders, 1 an error.

`

// runDiff compares two documents.
func runDiff(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("eventgen diff", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, diffUsage)
		flags.PrintDefaults()
	}
	format := flags.String("format", "text", "`form` of the report: text, markdown, json or changelog")
	overrides := flags.String("overrides", "", "`file` that tells where the documents differ on purpose, and why")
	unions := flags.String("unions", "", "comma-separated `names` of the event unions\n(default: those marked x-event-union, else those called ...ClientEvent or ...ServerEvent)")
	src := sourceFlags(flags)
	names, err := positional(flags, args, 2)
	if err != nil {
		return err
	}
	report, err := compare(names, *overrides, *unions, src)
	if err != nil {
		return err
	}
	out, err := printReport(report, *format)
	if err != nil {
		return err
	}
	if _, err := stdout.Write(out); err != nil {
		return err
	}
	if len(report.Unused) > 0 { // Behind the report, which is not lost over it.
		return errors.New(strings.Join(report.Unused, "\n"))
	}
	if status, ok := diffStatus[report.Worst()]; ok {
		return status
	}
	return nil
}

func compare(names []string, overrides, unions string, src *source) (*diff.Report, error) {
	var opts diff.Options
	var err error
	if opts.Overrides, err = readOverrides(overrides); err != nil {
		return nil, err
	}
	if unions != "" {
		opts.Unions = strings.Split(unions, ",")
	}
	var docs [2]*diff.Document
	for i, name := range names {
		if docs[i], err = src.document(name); err != nil {
			return nil, err
		}
	}
	report, err := diff.Compare(docs[0], docs[1], opts)
	if err != nil {
		return nil, err
	}
	report.Notes = append(report.Notes, src.notes...)
	return report, nil
}

func readOverrides(file string) (*diff.Overrides, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // no file, no overrides
	}
	data, err := os.ReadFile(file) //nolint:gosec // the file is the caller's choice
	if err != nil {
		return nil, err
	}
	return diff.ReadOverrides(file, data)
}

func printReport(r *diff.Report, format string) ([]byte, error) {
	switch format {
	case "text":
		return []byte(r.Text()), nil
	case "markdown":
		return []byte(r.Markdown()), nil
	case "json":
		return r.JSON()
	case "changelog":
		return []byte(r.Changelog()), nil
	}
	return nil, fmt.Errorf("unknown format %q: text, markdown, json or changelog", format)
}

// positional parses flags that may stand before, between and behind the arguments,
// of which there are exactly n.
func positional(flags *flag.FlagSet, args []string, n int) ([]string, error) {
	var names []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			break
		}
		names = append(names, flags.Arg(0))
		args = flags.Args()[1:]
	}
	if len(names) != n {
		return nil, fmt.Errorf("%s takes %d arguments, not %d", flags.Name(), n, len(names))
	}
	return names, nil
}
