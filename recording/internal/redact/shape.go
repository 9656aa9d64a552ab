package redact

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

const (
	maxID   = 128
	maxName = 80
	// fewDigits is the number of digits that an id or a word may have in a row: a phone
	// number has more.
	fewDigits = 6
)

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// isID reports whether a text looks like an id.
func isID(s string) bool { return hasForm(s) && !hasNumber(s) }

// isCallID reports whether a text looks like the id of a call.
func isCallID(s string) bool { return strings.HasPrefix(s, "rtc_") && hasForm(s) }

// hasForm reports whether a text has the length and the characters of an id.
func hasForm(s string) bool {
	if len(s) > maxID {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && c != '-' {
			return false
		}
	}
	return true
}

// isName reports whether a text looks like the name of a thing.
func isName(s string) bool {
	if len(s) > maxName {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && (i == 0 || strings.IndexByte("-./[]:", c) < 0) {
			return false
		}
	}
	return !hasNumber(s)
}

// notBase64 are characters without which a text holds no credential, and the escape that can
// stand for them.
const notBase64 = "-_ .\\"

// isBase64 reports whether a text may be base64.
func isBase64(text []byte) bool { return !bytes.ContainsAny(text, notBase64) }

// isBinary reports whether a text is sound, or a picture in its address.
func isBinary(c class, text string) bool {
	switch c {
	case sound:
		return !strings.ContainsAny(text, notBase64)
	case link:
		rest, ok := strings.CutPrefix(text, "data:image/")
		kind, data, isData := strings.Cut(rest, ";base64,")
		return ok && isData && len(kind) < maxName && isName(kind) && !strings.ContainsAny(data, notBase64)
	default:
		return false
	}
}

// hasNumber reports whether a text holds more than a few digits in a row, also with signs
// between them, and other than a date.
func hasNumber(s string) bool {
	for i := 0; i < len(s); {
		if !isDigit(s[i]) {
			i++
			continue
		}
		begin, digits := i, 0
		for ; i < len(s) && (isDigit(s[i]) || strings.IndexByte("-. ()+/", s[i]) >= 0); i++ {
			if isDigit(s[i]) {
				digits++
			}
		}
		if digits > fewDigits && !isDate(strings.TrimRight(s[begin:i], "-. ()+/")) {
			return true
		}
	}
	return false
}

// isDate reports whether a text is a date such as 2025-08-28.
func isDate(s string) bool {
	if len(s) != len("2025-08-28") || s[4] != '-' || s[7] != '-' {
		return false
	}
	return (s[:2] == "19" || s[:2] == "20") && s[5] <= '1' && s[8] <= '3'
}

// alias returns the name that stands in place of an id.
func (f *Filter) alias(id string) string {
	sum := hmac.New(sha256.New, f.Secret[:])
	sum.Write([]byte(id))
	// Letters alone: digits would look like a number again.
	name := []byte(hex.EncodeToString(sum.Sum(nil)[:8]))
	for i, c := range name {
		if isDigit(c) {
			name[i] = 'g' + c - '0'
		}
	}
	return "id-" + string(name)
}

// keys matches credentials by their form.
var keys = regexp.MustCompile(`\b(?:sk-|ek_|rk_)[A-Za-z0-9_\-]{6,}|(?i:\bbearer\s+)\S{6,}|\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+`)

// withoutKeys returns a text without what looks like a credential.
func withoutKeys(s string) string {
	if !strings.Contains(s, "sk-") && !strings.Contains(s, "ek_") && !strings.Contains(s, "rk_") && !strings.Contains(s, "eyJ") &&
		!strings.Contains(strings.ToLower(s), "bearer") {
		return s
	}
	return keys.ReplaceAllString(s, Redacted)
}
