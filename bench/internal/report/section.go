// Package report writes the results: tables, goals and charts. It is independent of
// what was measured.
package report

import (
	"fmt"
	"strings"
)

// Section is the result of one part of the comparison.
type Section struct {
	Title  string
	Intro  string
	Tables []Table
	Goals  []Goal
	Charts []Chart
	// Raw has the turns in the format of Go's benchmarks.
	Raw string
	// Ratios are times relative to another peer's in the same turns, by what they are; lower
	// is better. [Compare] compares those of two runs.
	Ratios map[string]float64
	// Capacities are what sessions take, for [Machines].
	Capacities []Capacity
	// Skipped lists what was not compared, with the reasons.
	Skipped []string
}

// Table is a table whose first column is text and whose others are numbers.
type Table struct {
	Title, Note string
	Columns     []string
	Rows        [][]string
}

// Goal compares a value with a goal of the project.
type Goal struct {
	What, Goal, Here string
	Met              bool
	// Unknown reports whether there is no value. Here then has the reason.
	Unknown bool
}

// Write returns the report: a heading, the facts and the sections.
func Write(facts []string, sections []Section) string {
	var b strings.Builder
	b.WriteString("# Results\n\nWritten by `make bench`; do not edit. [README.md](README.md) explains the measurements.\n\n")
	fmt.Fprintf(&b, "- %s\n", strings.Join(facts, "\n- "))
	b.WriteString("\n## Goals\n\n")
	var goals []Goal
	var skipped []string
	for i := range sections {
		goals = append(goals, sections[i].Goals...)
		skipped = append(skipped, sections[i].Skipped...)
	}
	writeGoals(&b, goals)
	for i := range sections {
		sections[i].write(&b)
	}
	if len(skipped) > 0 {
		b.WriteString("\n## Skipped\n\n")
		for _, line := range skipped {
			fmt.Fprintf(&b, "- %s\n", line)
		}
	}
	return b.String()
}

func writeGoals(b *strings.Builder, goals []Goal) {
	met := 0
	t := Table{Columns: []string{"What", "Goal", "Here", ""}}
	for i := range goals {
		g := &goals[i]
		if g.verdict() == isMet {
			met++
		}
		t.Rows = append(t.Rows, g.cells())
	}
	fmt.Fprintf(b, "%d of %d are met.\n\n", met, len(goals))
	t.rows(b, "---")
}

const isMet = "met"

func (g *Goal) verdict() string {
	switch {
	case g.Unknown:
		return "not measured"
	case g.Met:
		return isMet
	default:
		return "**missed**"
	}
}

func (g *Goal) cells() []string { return []string{g.What, g.Goal, g.Here, g.verdict()} }

func (s *Section) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n", s.Title)
	if s.Intro != "" {
		fmt.Fprintf(b, "\n%s\n", s.Intro)
	}
	for _, c := range s.Charts {
		fmt.Fprintf(b, "\n![%s](%s)\n", c.Title, c.File)
	}
	for i := range s.Tables {
		s.Tables[i].Write(b)
	}
}

// Write writes the table with its title.
func (t *Table) Write(b *strings.Builder) {
	if t.Title != "" {
		fmt.Fprintf(b, "\n### %s\n", t.Title)
	}
	if t.Note != "" {
		fmt.Fprintf(b, "\n%s\n", t.Note)
	}
	b.WriteString("\n")
	t.rows(b, "--:")
}

func (t *Table) rows(b *strings.Builder, align string) {
	fmt.Fprintf(b, "| %s |\n| ---%s |\n", strings.Join(t.Columns, " | "), strings.Repeat(" | "+align, len(t.Columns)-1))
	for _, row := range t.Rows {
		b.WriteString(line(row))
	}
}

func line(cells []string) string { return fmt.Sprintf("| %s |\n", strings.Join(cells, " | ")) }

// Nanos formats a time in nanoseconds with a suitable unit.
func Nanos(ns float64) string {
	switch {
	case ns < 1000:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 1e5:
		return fmt.Sprintf("%.2f µs", ns/1e3)
	default:
		return fmt.Sprintf("%.0f µs", ns/1e3)
	}
}

// Count formats a number, or a dash if it is unknown.
func Count(v float64) string {
	if v < 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f", v)
}
