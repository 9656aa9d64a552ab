package wire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// Flags that skipString returns in found.
const (
	hasEscape   = 1 << iota // A backslash.
	hasNonASCII             // A byte of 0x80 or more, which may be invalid UTF-8.
)

// skipString returns the offset after the closing quote of the string whose content
// starts at pos.
func skipString(data []byte, pos int) (end, found int, reason string) {
	pos = plain(data, pos)
	if pos < len(data) && data[pos] == '"' {
		return pos + 1, 0, ""
	}
	return skipSpecial(data, pos)
}

// skipSpecial is skipString from a byte on that is not plain.
func skipSpecial(data []byte, pos int) (end, found int, reason string) {
	for {
		if pos >= len(data) {
			return len(data), found, reasonEnd
		}
		switch c := data[pos]; {
		case c == '"':
			return pos + 1, found, ""
		case c == '\\':
			found |= hasEscape
			if pos, reason = skipEscape(data, pos+1); reason != "" {
				return pos, found, reason
			}
		case c >= utf8.RuneSelf:
			found |= hasNonASCII
			for pos < len(data) && data[pos] >= utf8.RuneSelf {
				pos++
			}
		case c < 0x20:
			return pos, found, reasonString
		default:
			pos = plain(data, pos)
		}
	}
}

func skipEscape(data []byte, pos int) (int, string) {
	if pos >= len(data) {
		return len(data), reasonEnd
	}
	switch data[pos] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return pos + 1, ""
	case 'u':
		for i := 1; i <= 4; i++ {
			if pos+i >= len(data) {
				return len(data), reasonEnd
			}
			if unhex(data[pos+i]) < 0 {
				return pos + i, reasonEscape
			}
		}
		return pos + 5, ""
	default:
		return pos, reasonEscape
	}
}

// unhex returns the value of a hexadecimal digit, or a negative number if c is none.
func unhex(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10
	default:
		return -1
	}
}

const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// plain returns the offset of the first byte at or after pos that is a quote, a
// backslash, a control character, or not ASCII.
func plain(data []byte, pos int) int {
	for len(data)-pos >= 8 {
		if stop := special(binary.LittleEndian.Uint64(data[pos:])); stop != 0 {
			return pos + bits.TrailingZeros64(stop)/8
		}
		pos += 8
	}
	for pos < len(data) {
		c := data[pos]
		if c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			break
		}
		pos++
	}
	return pos
}

// special returns a word whose lowest set bit is the top bit of the first byte of w
// that is not plain, or 0. A byte's top bit is set if the subtraction borrows; a borrow
// can spill into later bytes, so higher bits have no meaning. The top bits of w itself
// mark the bytes of 0x80 and more.
func special(w uint64) uint64 {
	quote, slash := w^(ones*'"'), w^(ones*'\\')
	return ((w - ones*0x20) | (quote - ones) | (slash - ones) | w) & tops
}

// resolve returns the content of a string in which skipString found the flags found. It
// returns raw itself if raw needs no change.
func resolve(raw []byte, found int) []byte {
	if found == 0 || found == hasNonASCII && utf8.Valid(raw) {
		return raw
	}
	return unquoteBytes(raw)
}

// unquoteBytes is unquote into newly allocated bytes. Only names with escapes need it.
func unquoteBytes(raw []byte) []byte {
	out, rest := unquoteSome(make([]byte, 0, len(raw)+utf8.UTFMax), raw)
	for len(rest) > 0 {
		// Invalid bytes grow threefold, so the first estimate was too small.
		var more []byte
		more, rest = unquoteSome(make([]byte, 0, 3*len(rest)+utf8.UTFMax), rest)
		out = append(out, more...)
	}
	return out
}

// unquoteSome appends the resolved content of raw, a string that skipString has
// accepted, to dst while dst has capacity. It returns the rest of raw.
func unquoteSome(dst, raw []byte) (out, rest []byte) {
	for len(raw) > 0 && cap(dst)-len(dst) >= utf8.UTFMax {
		switch c := raw[0]; {
		case c == '\\':
			var r rune
			r, raw = unescape(raw)
			dst = utf8.AppendRune(dst, r)
		case c < utf8.RuneSelf:
			n := 1
			for limit := min(len(raw), cap(dst)-len(dst)); n < limit && raw[n] < utf8.RuneSelf && raw[n] != '\\'; {
				n++
			}
			dst = append(dst, raw[:n]...)
			raw = raw[n:]
		default:
			r, size := utf8.DecodeRune(raw)
			dst = utf8.AppendRune(dst, r)
			raw = raw[size:]
		}
	}
	return dst, raw
}

// unescape resolves the escape at the start of raw. A surrogate without its other half
// becomes U+FFFD alone, and rest starts right after it.
func unescape(raw []byte) (r rune, rest []byte) {
	switch c := raw[1]; c {
	case 'b':
		r = '\b'
	case 'f':
		r = '\f'
	case 'n':
		r = '\n'
	case 'r':
		r = '\r'
	case 't':
		r = '\t'
	case 'u':
		r, raw = unescapeHex(raw), raw[6:]
		if !utf16.IsSurrogate(r) {
			return r, raw
		}
		if len(raw) >= 6 && raw[0] == '\\' && raw[1] == 'u' {
			if pair := utf16.DecodeRune(r, unescapeHex(raw)); pair != utf8.RuneError {
				return pair, raw[6:]
			}
		}
		return utf8.RuneError, raw
	default:
		r = rune(c)
	}
	return r, raw[2:]
}

// unescapeHex returns the code unit of an escape such as \u20ac.
func unescapeHex(raw []byte) rune {
	var r rune
	for _, c := range raw[2:6] {
		r = r<<4 | unhex(c)
	}
	return r
}
