package report

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Capacity is what one kind of session takes.
type Capacity struct {
	What    string
	PerCore float64 // sessions whose work takes all of a core's time; 0 if unknown
	Bytes   float64 // of heap and stack of a session; 0 if unknown
}

// cores are the machines of the table, and free is the share of their time that is left for
// peaks, for collections and for the user's own work.
var cores = []int{2, 16, 64}

const free = 0.5

// Machines returns how many sessions machines hold: what was measured on one core, times the
// cores of which half the time is used.
func Machines(sections []Section) Section {
	s := Section{
		Title: "What a machine holds", Intro: "One core is measured, with sessions that all hear audio all the time. Machines are computed: sessions share nothing but the\n" +
			"process, and half of the time is left for peaks and for the program's own work.",
	}
	t := Table{Columns: []string{"sessions", "one core, all of its time (measured)"}}
	for _, n := range cores {
		t.Columns = append(t.Columns, fmt.Sprintf("%d cores, half of it (computed)", n))
	}
	memory := Table{Title: "By memory", Columns: []string{"sessions", "heap and stack of one (measured)", "in 1 GB (computed)"}}
	for i := range sections {
		for _, c := range sections[i].Capacities {
			if c.PerCore > 0 {
				row := []string{c.What, round(c.PerCore)}
				for _, n := range cores {
					row = append(row, round(c.PerCore*float64(n)*(1-free)))
				}
				t.Rows = append(t.Rows, row)
			}
			if c.Bytes > 0 {
				memory.Rows = append(memory.Rows, []string{c.What, fmt.Sprintf("%.0f KB", c.Bytes/1024), round((1 << 30) / c.Bytes)})
			}
		}
	}
	s.Tables = []Table{t, memory}
	return s
}

// round formats a number with two significant digits.
func round(v float64) string {
	text := strconv.FormatFloat(v, 'g', 2, 64)
	if rounded, err := strconv.ParseFloat(text, 64); err == nil {
		v = rounded
	}
	text = strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

const (
	blockBegin = "<!-- Written by make bench: begin -->\n"
	blockEnd   = "<!-- Written by make bench: end -->\n"
)

// ReplaceBlock replaces the part of a document that make bench writes with the tables of a
// section.
func ReplaceBlock(file string, s *Section) error {
	text, err := os.ReadFile(file) //nolint:gosec // The caller chooses the file.
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), blockBegin)
	_, after, ok2 := strings.Cut(rest, blockEnd)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no part that begins with %q", file, strings.TrimSpace(blockBegin))
	}
	var b strings.Builder
	for i := range s.Tables {
		t := s.Tables[i]
		t.Title = ""
		t.Write(&b)
	}
	return os.WriteFile(file, []byte(before+blockBegin+b.String()+"\n"+blockEnd+after), 0o600) //nolint:gosec // The caller chooses the file.
}
