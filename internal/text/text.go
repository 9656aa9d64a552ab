// Package text makes foreign text fit for errors and logs. [Scrub] removes
// secrets, [Printable] control characters, [Unprefixed] a prefix of our own.
package text

import "strings"

// Redacted stands where a secret would.
const Redacted = "REDACTED"

// Prefix begins the text of every error of this module, once.
const Prefix = "realtime: "

// Scrub returns text with every secret replaced. Secrets of fewer than 4 bytes
// stay: replacing them would only garble the text.
func Scrub(text string, secrets ...string) string {
	for _, s := range secrets {
		if len(s) >= 4 {
			text = strings.ReplaceAll(text, s, Redacted)
		}
	}
	return text
}

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

// Unprefixed returns the text of err without our prefix, for use in a text that
// has it already.
func Unprefixed(err error) string {
	s := err.Error()
	if rest, ok := strings.CutPrefix(s, Prefix); ok && rest != "" {
		return rest
	}
	return s
}
