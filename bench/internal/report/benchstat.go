package report

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Benchstat returns how benchstat compares some peers over a file of raw turns, as
// a section; the first is the base. Where it cannot be run the section says so.
func Benchstat(ctx context.Context, file string, peers ...string) Section {
	s := Section{
		Title: "By benchstat",
		Intro: "What benchstat makes of the same turns. All peers: `go tool benchstat -row .fullname -col /peer results.txt`.",
	}
	cmd := exec.CommandContext(ctx, "go", "tool", "benchstat",
		"-row", ".fullname", "-col", fmt.Sprintf("/peer@(%s)", strings.Join(peers, " ")), file)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err == nil && len(out) == 0 {
		err = errors.New("it found nothing")
	}
	if err != nil {
		s.Intro = "Skipped."
		s.Skipped = []string{fmt.Sprintf("benchstat: %v: %s", err, strings.TrimSpace(complaint.String()))}
		return s
	}
	s.Intro += "\n\n```\n" + trimmed(string(out)) + "```"
	return s
}

// trimmed takes the blanks from the ends of lines.
func trimmed(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}
