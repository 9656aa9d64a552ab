package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
)

// diffStatus has the exit statuses of diff by the worst class of its changes. Status 1
// means an error, and go run exits with 2 for its own errors.
var diffStatus = map[diff.Class]statusError{
	diff.Compatible:      3,
	diff.BreaksReceivers: 4,
	diff.BreaksSenders:   5,
}

const diffUsage = `usage: eventgen diff [flags] OLD NEW

Compares two OpenAPI or AsyncAPI documents, files or URLs, by what they put on the wire.
Files that a document refers to by relative names are read as well.

If both documents are AsyncAPI, their replies and x-subjects are compared too. Senders
that wait for a reply break if it is removed or moved, if a first or last reply is added,
and if an x-subject is moved or removed. Other new replies and new x-subjects are
compatible.

Exit status: 0 no change, 3 compatible changes, 4 a change breaks receivers, 5 a change
breaks senders, 1 an error.

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
	overrides := flags.String("overrides", "", "`file` of the differences that are intended, with reasons")
	shared := flags.String("shared", "", "another such `file`, for several documents: an entry that matches nothing is no error")
	unions := flags.String("unions", "", "comma-separated `names` of the event unions\n(default: those marked x-event-union, else those named ...ClientEvent or ...ServerEvent)")
	paths := flags.String("paths", "", "comma-separated `prefixes` of the paths to compare\n(default: the scope of the overrides, else all)")
	webhooks := flags.String("webhooks", "", "comma-separated `prefixes` of the names of webhooks to compare")
	src := sourceFlags(flags)
	names, err := positional(flags, args, 2)
	if err != nil {
		return err
	}
	opts := diff.Options{Unions: listed(*unions), Paths: listed(*paths), Webhooks: listed(*webhooks)}
	report, err := compare(names, [2]string{*overrides, *shared}, opts, src)
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
	if len(report.Unused) > 0 { // After the report, so that it is printed in any case.
		return errors.New(strings.Join(report.Unused, "\n"))
	}
	if status, ok := diffStatus[report.Worst()]; ok {
		return status
	}
	return nil
}

// listed returns the elements of a comma-separated list.
func listed(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

func compare(names []string, overrides [2]string, opts diff.Options, src *source) (*diff.Report, error) {
	var err error
	if opts.Overrides, err = readOverrides(overrides[0]); err != nil {
		return nil, err
	}
	shared, err := readOverrides(overrides[1])
	switch {
	case err != nil:
		return nil, err
	case shared != nil && opts.Overrides == nil:
		return nil, errors.New("-shared needs -overrides")
	case shared != nil:
		opts.Overrides.Share(shared)
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
