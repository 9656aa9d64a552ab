package wire

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// String reads a string. Escapes are resolved; lone surrogates and invalid
// UTF-8 become U+FFFD.
func (d *Decoder) String() string {
	data, pos := d.data, d.pos
	if pos < len(data) && data[pos] == '"' {
		if end := plain(data, pos+1); end < len(data) && data[end] == '"' {
			d.pos = end + 1
			if d.text != "" {
				return d.text[pos+1 : end]
			}
			return d.keep(pos+1, end)
		}
	}
	start, end, found := d.quoted()
	switch {
	case start < 0:
		return ""
	case found&hasEscape == 0 && utf8.Valid(data[start:end]):
		return d.keep(start, end)
	default:
		return d.unquote(data[start:end])
	}
}

// NovelString is String for a string that differs in every document, such as an event's
// id. It bypasses the strings that [Strings] remembers.
func (d *Decoder) NovelString() string {
	d.flags |= flagNovel
	s := d.String()
	d.flags &^= flagNovel
	return s
}

// OptString is [Opt] for a string. The optional strings of a small document share one
// allocation.
func (d *Decoder) OptString() *string {
	s := d.String()
	if d.flags&flagMismatch != 0 || d.reason != "" {
		return nil
	}
	if len(d.optional) == cap(d.optional) {
		if len(d.data) > smallFrame {
			return new(s)
		}
		// A delta has at most one optional string, in its last member.
		d.optional = make([]string, 0, min(1+(len(d.data)-d.pos)/bytesPerOptional, maxOptional))
	}
	d.optional = append(d.optional, s)
	return &d.optional[len(d.optional)-1]
}

// quoted steps over the string at the cursor and returns the offsets at which its
// content starts and ends. The start is negative if the value is not a string or not
// valid.
func (d *Decoder) quoted() (start, end, found int) {
	pos := space(d.data, d.pos)
	if pos >= len(d.data) || d.data[pos] != '"' {
		d.flags |= flagMismatch
		return -1, -1, 0
	}
	end, found, reason := skipString(d.data, pos+1)
	if reason != "" {
		d.fail(reason, end)
		return -1, -1, 0
	}
	d.pos = end
	return pos + 1, end - 1, found
}

// unquote returns the content of a string with its escapes resolved.
func (d *Decoder) unquote(raw []byte) string {
	var buf [256]byte
	out, rest := unquoteSome(buf[:0], raw)
	if len(rest) == 0 {
		return d.store(out)
	}
	var b strings.Builder
	b.Grow(len(raw))
	for {
		b.Write(out)
		if len(rest) == 0 {
			break
		}
		out, rest = unquoteSome(buf[:0], rest)
	}
	if b.Cap() > 2*b.Len() {
		// An escape takes up to six bytes for one: do not retain the unused memory.
		return strings.Clone(b.String())
	}
	return b.String()
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
