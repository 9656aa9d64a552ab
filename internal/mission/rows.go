// Package mission reads docs/mission.md, the requirements, and docs/mission-faults.yaml,
// which has a fault for each.
package mission

import (
	"regexp"
	"strings"
)

// Row is a requirement.
type Row struct {
	ID   string // S001 and so on.
	What string
	// Identifiers implement the requirement: package.Name, package.Type.Member, or the
	// folder of a program.
	Identifiers []string
	// Tests prove the requirement: package.TestName, with "/" and the name of a subtest
	// or without.
	Tests []string
}

// Rows returns the rows of the table in a document.
func Rows(doc string) []Row {
	var rows []Row
	for line := range strings.Lines(doc) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 4 || !strings.HasPrefix(cells[0], "| S") {
			continue
		}
		rows = append(rows, Row{
			ID: strings.TrimPrefix(cells[0], "| "), What: cells[1], Identifiers: quoted(cells[2]), Tests: quoted(cells[3]),
		})
	}
	return rows
}

var code = regexp.MustCompile("`([^`]+)`")

func quoted(cell string) []string {
	var out []string
	for _, m := range code.FindAllStringSubmatch(cell, -1) {
		out = append(out, m[1])
	}
	return out
}
