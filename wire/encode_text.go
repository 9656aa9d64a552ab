package wire

import (
	"math/bits"
	"slices"
	"unicode/utf8"

	"github.com/voicelane/realtime-go/internal/base64"
)

const hexDigits = "0123456789abcdef"

// appendQuoted appends s as a JSON string, with the escapes that encoding/json uses
// when HTML escaping is off.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for {
		n := plainText(s)
		dst = append(dst, s[:n]...)
		if s = s[n:]; s == "" {
			return append(dst, '"')
		}
		dst, s = appendEscape(dst, s)
	}
}

// plainText returns the length of the longest prefix of s that needs no escape.
func plainText(s string) int {
	n := 0
	for ; len(s)-n >= 8; n += 8 {
		if stop := needEscape(first8(s[n:])); stop != 0 {
			n += bits.TrailingZeros64(stop) / 8
			return n + plainRunes(s[n:])
		}
	}
	// The last 1 to 7 bytes: load the last 8 bytes of s, which overlap those checked
	// already, or assemble a word from a short s.
	var w uint64
	switch {
	case n == len(s):
		return n
	case n > 0:
		w = first8(s[len(s)-8:])
	case len(s) >= 4:
		w = first4(s) | first4(s[len(s)-4:])<<32
	default:
		w = uint64(s[0]) | uint64(s[len(s)/2])<<8 | uint64(s[len(s)-1])<<16 | 0x2020202020<<24
	}
	if needEscape(w) == 0 {
		return len(s)
	}
	return n + plainRunes(s[n:])
}

func first8(s string) uint64 { return first4(s) | first4(s[4:8])<<32 }

func first4(s string) uint64 {
	b := s[:4]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24
}

// needEscape returns a word whose lowest set bit is the top bit of the first byte that
// may need an escape, or 0 if no byte does. Higher bits have no meaning.
func needEscape(w uint64) uint64 {
	quote, slash := w^(ones*'"'), w^(ones*'\\')
	return ((w-ones*0x20)&^w | (quote-ones)&^quote | (slash-ones)&^slash | w) & tops
}

// plainRunes is plainText for text with non-ASCII characters.
func plainRunes(s string) int {
	n := 0
	for n < len(s) {
		c := s[n]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[n:])
			if r == utf8.RuneError && size == 1 || r == '\u2028' || r == '\u2029' {
				return n
			}
			n += size
			continue
		}
		if c < 0x20 || c == '"' || c == '\\' {
			return n
		}
		n++
	}
	return n
}

// appendEscape appends the escape of the first character of s and returns the
// rest of s.
func appendEscape(dst []byte, s string) ([]byte, string) {
	c := s[0]
	if c >= utf8.RuneSelf {
		r, size := utf8.DecodeRuneInString(s)
		dst = append(dst, '\\', 'u', hexDigits[r>>12&0xf], hexDigits[r>>8&0xf], hexDigits[r>>4&0xf], hexDigits[r&0xf])
		return dst, s[size:]
	}
	switch c {
	case '"', '\\':
		dst = append(dst, '\\', c)
	case '\b':
		dst = append(dst, `\b`...)
	case '\f':
		dst = append(dst, `\f`...)
	case '\n':
		dst = append(dst, `\n`...)
	case '\r':
		dst = append(dst, `\r`...)
	case '\t':
		dst = append(dst, `\t`...)
	default:
		dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
	}
	return dst, s[1:]
}

// appendValid appends JSON text. It replaces each byte that is not part of valid UTF-8
// with U+FFFD, as JSON readers do: a WebSocket peer may close the connection on invalid
// UTF-8.
func appendValid[T ~string | ~[]byte](dst []byte, text T) []byte {
	start := len(dst)
	dst = append(dst, text...)
	if utf8.Valid(dst[start:]) {
		return dst
	}
	dst = dst[:start]
	for s := string(text); s != ""; {
		r, size := utf8.DecodeRuneInString(s)
		dst = utf8.AppendRune(dst, r)
		s = s[size:]
	}
	return dst
}

// validText reports whether text is one JSON value.
func validText(text string) bool {
	data := []byte(text)
	end, reason := skip(data, 0, 0)
	return reason == "" && space(data, end) == len(data)
}

// appendBase64 appends src as a JSON string of base64 text.
func appendBase64(dst, src []byte) []byte {
	start, size := len(dst)+1, base64.EncodedLen(len(src))
	end := start + size
	dst = slices.Grow(dst, size+2)[:end+1]
	dst[start-1], dst[end] = '"', '"'
	base64.Encode(dst[start:end], src)
	return dst
}
