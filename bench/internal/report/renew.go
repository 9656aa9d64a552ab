package report

import (
	"fmt"
	"regexp"
	"strings"
)

var count = regexp.MustCompile(`(?m)^\d+ of \d+ are met\.$`)

// Renew returns a report of [Write] with a section that was measured again. Its facts say when.
// A section whose numbers are in other sections, too, is an error, as is one that the report lacks.
func Renew(text string, s *Section, when string) (string, error) {
	if len(s.Charts)+len(s.Capacities)+len(s.Ratios)+len(s.Skipped) > 0 {
		return "", fmt.Errorf("%s cannot be measured alone: other files and sections have its numbers", s.Title)
	}
	begin := strings.Index(text, "\n## "+s.Title+"\n")
	if begin < 0 {
		return "", fmt.Errorf("the report has no section %s", s.Title)
	}
	end := len(text)
	if i := strings.Index(text[begin+1:], "\n## "); i >= 0 {
		end = begin + 1 + i
	}
	var b strings.Builder
	s.write(&b)
	text = text[:begin] + b.String() + text[end:]
	for i := range s.Goals {
		g := &s.Goals[i]
		begin := strings.Index(text, fmt.Sprintf("\n| %s | %s | ", g.What, g.Goal))
		if begin < 0 {
			return "", fmt.Errorf("the report has no goal %q", g.What)
		}
		end := begin + 1 + strings.Index(text[begin+1:], "\n")
		text = text[:begin+1] + strings.TrimSuffix(line(g.cells()), "\n") + text[end:]
	}
	head, rest, _ := strings.Cut(text, "\n## Goals\n")
	goals, rest, _ := strings.Cut(rest, "\n## ")
	met, all := strings.Count(goals, "| "+isMet+" |\n"), strings.Count(goals, "\n|")-2
	goals = count.ReplaceAllString(goals, fmt.Sprintf("%d of %d are met.", met, all))
	fact := fmt.Sprintf("- *%s* was measured again: ", s.Title)
	if i := strings.Index(head, fact); i >= 0 {
		head = head[:i] + head[i+strings.Index(head[i:], "\n")+1:]
	}
	return head + fact + when + "\n\n## Goals\n" + goals + "\n## " + rest, nil
}
