package report

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Benchstat returns a section with benchstat's comparison of peers in a file of raw
// turns. The first peer is the base. If benchstat fails, the section has the reason.
func Benchstat(ctx context.Context, file string, peers ...string) Section {
	s := Section{
		Title: "By benchstat",
		Intro: "The same turns, compared by benchstat. For all peers: `go tool benchstat -row .fullname -col /peer results.txt`.",
	}
	cmd := exec.CommandContext(ctx, "go", "tool", "benchstat", //nolint:gosec // The command line is this program's own.
		"-row", ".fullname", "-col", fmt.Sprintf("/peer@(%s)", strings.Join(peers, " ")), file)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err == nil && len(out) == 0 {
		err = errors.New("no results")
	}
	if err != nil {
		s.Intro = "Skipped."
		s.Skipped = []string{fmt.Sprintf("benchstat: %v: %s", err, strings.TrimSpace(complaint.String()))}
		return s
	}
	s.Intro += "\n\n```\n" + trimmed(string(out)) + "```"
	return s
}

// trimmed removes white space at the ends of lines.
func trimmed(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}
