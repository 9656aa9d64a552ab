// Package text makes foreign text fit for errors and logs. [Secrets] removes
// secrets, [Printable] control characters, [Unprefixed] a prefix of our own.
package text

import (
	"strings"
	"unicode"
)

// Prefix begins the text of every error of this module, once.
const Prefix = "realtime: "

// Printable returns s as valid UTF-8 with spaces for control characters, and
// without spaces at its ends.
func Printable(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s))
}

// Short returns a text of a peer in a form for errors and logs: without secrets, on one
// line, and of 400 bytes at most.
func Short(s string, secrets *Secrets) string {
	const longest = 400
	if len(s) > 8*longest {
		s = s[:8*longest] // Secrets are found although this cuts them.
	}
	s = secrets.Scrub(s)
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return s
}

// Unprefixed returns the text of err without our prefix, for use in a text that
// has it already.
func Unprefixed(err error) string {
	if err == nil {
		return "an unknown reason"
	}
	s := err.Error()
	if rest, ok := strings.CutPrefix(s, Prefix); ok && rest != "" {
		return rest
	}
	return s
}
