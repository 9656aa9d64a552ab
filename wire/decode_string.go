package wire

import (
	"strings"
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
