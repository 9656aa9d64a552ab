package redact

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// Most texts need no escapes. They are not given to package json: it takes more of the stack
// than a session's reader has, and what a stack has grown to stays while the reader waits.

// unquoted returns the text of a JSON string that is given without its quotes, "" if it is
// not valid.
func unquoted(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw)
	}
	return escaped(raw)
}

//go:noinline
func escaped(raw []byte) (s string) {
	_ = json.Unmarshal(slices.Concat([]byte{'"'}, raw, []byte{'"'}), &s) // "" if it is not valid.
	return s
}

// appendQuoted appends a text as JSON.
func appendQuoted(dst []byte, s string) []byte {
	if isPlain(s) {
		dst = append(dst, '"')
		dst = append(dst, s...)
		return append(dst, '"')
	}
	quoted, err := json.Marshal(s)
	if err != nil {
		return append(dst, `""`...) // Strings have JSON.
	}
	return append(dst, quoted...)
}

// isPlain reports whether package json writes a text as it is.
func isPlain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return utf8.ValidString(s) && !strings.Contains(s, "\u2028") && !strings.Contains(s, "\u2029")
}
