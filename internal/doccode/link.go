package doccode

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\]\(([^()\s]*(?:\([^()\s]*\))?[^()\s]*)\)`)
	inline  = regexp.MustCompile("`[^`]*`")
	heading = regexp.MustCompile(`^#{1,6} +(.*?)\s*$`)
	named   = regexp.MustCompile(`\{#([\w-]+)\}`)
	target  = regexp.MustCompile(`(?:^|\s)make ((?:[a-z-]+(?: |$))+)`)
	program = regexp.MustCompile(`\bgo (?:run|test|build) (?:-\S+ )*\./([\w/.-]*)`)
)

// Links returns an error for each relative link of the documents that leads nowhere: to a
// file that is missing, or to a heading that its document does not have.
func Links(root string, docs []*Document) error {
	anchors := map[string]map[string]bool{}
	for _, doc := range docs {
		anchors[doc.Path] = doc.anchors()
	}
	var faults []error
	for _, doc := range docs {
		for _, line := range doc.Prose {
			for _, m := range link.FindAllStringSubmatch(inline.ReplaceAllString(line.Text, "``"), -1) {
				if err := resolve(root, doc.Path, m[1], anchors); err != nil {
					faults = append(faults, fmt.Errorf("%s:%d: %w", doc.Path, line.Number, err))
				}
			}
		}
	}
	return errors.Join(faults...)
}

// resolve checks a link of a document.
func resolve(root, from, to string, anchors map[string]map[string]bool) error {
	if strings.Contains(to, ":") {
		return nil // Of the web.
	}
	file, anchor, _ := strings.Cut(to, "#")
	at := from
	if file != "" {
		at = path.Join(path.Dir(from), file)
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(at))); err != nil || strings.HasPrefix(at, "..") {
			return fmt.Errorf("%s leads nowhere", to)
		}
	}
	if anchor != "" && anchors[at] != nil && !anchors[at][anchor] {
		return fmt.Errorf("%s: %s has no such heading", to, at)
	}
	return nil
}

// anchors returns the fragments of a document's headings, as GitHub and the site make them.
func (d *Document) anchors() map[string]bool {
	found := map[string]bool{}
	for _, line := range d.Prose {
		if m := heading.FindStringSubmatch(line.Text); m != nil {
			found[Slug(m[1])] = true
		}
		for _, m := range named.FindAllStringSubmatch(line.Text, -1) {
			found[m[1]] = true
		}
	}
	return found
}

// Slug returns the fragment of a heading: letters and digits in lower case, hyphens for
// spaces, and nothing for the rest.
func Slug(heading string) string {
	var out strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case r == ' ':
			out.WriteByte('-')
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			out.WriteRune(r)
		}
	}
	return out.String()
}

// Commands returns an error for each command of the documents that names a target that the
// Makefile does not have, or a folder that is missing.
func Commands(root string, docs []*Document) error {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile")) //nolint:gosec // That of the repository.
	if err != nil {
		return err
	}
	var faults []error
	for _, doc := range docs {
		for _, c := range doc.commands() {
			for _, m := range target.FindAllStringSubmatch(c.Text, -1) {
				for name := range strings.FieldsSeq(m[1]) {
					if !strings.Contains("\n"+string(makefile), "\n"+name+":") {
						faults = append(faults, fmt.Errorf("%s:%d: make has no target %s", doc.Path, c.Number, name))
					}
				}
			}
			for _, m := range program.FindAllStringSubmatch(c.Text, -1) {
				if _, err := os.Stat(filepath.Join(root, strings.TrimSuffix(m[1], "..."))); err != nil {
					faults = append(faults, fmt.Errorf("%s:%d: there is no ./%s", doc.Path, c.Number, m[1]))
				}
			}
		}
	}
	return errors.Join(faults...)
}

// commands returns the lines of shell blocks without their comments, and the code in prose.
func (d *Document) commands() []Line {
	var lines []Line
	for i := range d.Blocks {
		b := &d.Blocks[i]
		if b.Lang != "" && b.Lang != "sh" && b.Lang != "console" {
			continue
		}
		number := b.Line
		for text := range strings.Lines(b.Text) {
			command, _, _ := strings.Cut(text, "#")
			lines = append(lines, Line{number, strings.TrimPrefix(strings.TrimSpace(command), "$ ")})
			number++
		}
	}
	for _, line := range d.Prose {
		for _, code := range inline.FindAllString(line.Text, -1) {
			lines = append(lines, Line{line.Number, strings.Trim(code, "`")})
		}
	}
	return lines
}
