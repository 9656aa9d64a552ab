package render

import (
	"strings"
	"unicode"
)

const width = 88

// comment returns text as a wrapped Go comment. If the text starts with a lower-case
// letter, name is put before it. Lines that start with "- " stay a list.
func comment(indent, name, text string) string {
	text = strings.TrimSpace(strings.Map(printable, text))
	if name != "" && text != "" && unicode.IsLower(rune(text[0])) {
		text = name + " " + text
	}
	if text == "" {
		return ""
	}
	var lines []string
	para := ""
	flush := func() {
		if para != "" {
			lines = append(lines, wrap(para, "", width-len(indent))...)
			para = ""
		}
	}
	inList := false
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			flush()
			inList = false
			lines = blank(lines)
		case strings.HasPrefix(line, "- "):
			if flush(); !inList {
				lines = blank(lines)
			}
			inList = true
			lines = append(lines, wrap("  - "+line[2:], "    ", width-len(indent))...)
		default:
			para = strings.TrimSpace(para + " " + line)
		}
	}
	flush()
	for i, line := range lines {
		lines[i] = harmless(line)
	}
	return indent + "// " + strings.Join(lines, "\n"+indent+"// ") + "\n"
}

// printable drops what cannot stand in Go source, such as a byte order mark.
func printable(r rune) rune {
	if unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\uFEFF' || r == unicode.ReplacementChar {
		return -1
	}
	return r
}

// harmless returns a line of a comment that no tool takes for a directive: a build
// constraint may have a space before its sign.
func harmless(line string) string {
	if rest, ok := strings.CutPrefix(line, "+"); ok && rest != "" && unicode.IsLetter(rune(rest[0])) {
		return "“+”" + rest
	}
	return line
}

func blank(lines []string) []string {
	if len(lines) > 0 && lines[len(lines)-1] != "" {
		return append(lines, "")
	}
	return lines
}

func wrap(text, hang string, limit int) []string {
	var lines []string
	line := text[:len(text)-len(strings.TrimLeft(text, " "))]
	first := true
	for word := range strings.FieldsSeq(text) {
		switch {
		case first:
			line += word
			first = false
		case len(line)+1+len(word) > limit:
			lines = append(lines, line)
			line = hang + word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
