package redact

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Data returns JSON of the program itself without credentials, with masked texts; nil if it
// is not valid. Members have no classes, except that those of credentials are redacted.
func (f *Filter) Data(path string, data []byte) []byte {
	if !json.Valid(data) {
		return nil
	}
	f.in, f.pos, f.path = data, 0, append(f.path[:0], path...)
	dst, _ := f.value(nil, free, path)
	f.in = nil
	return dst
}

// member appends the name of a member. Names that the table does not have may be content: a
// number of a phone can be a key.
func (f *Filter) member(dst, name []byte, c class) []byte {
	if _, ok := members[string(name)]; ok || c == dropped {
		return append(append(append(dst, '"'), name...), '"')
	}
	s := string(name)
	switch {
	case isName(s) && f.clean(s):
	case c == free || f.Level.Frames:
		s = f.Own(string(f.path), s)
	default:
		s = Length(s)
	}
	return appendQuoted(dst, s)
}

// number appends a number of the program itself, as a text if a rule has masked it: a whole
// number may be that of a phone.
func (f *Filter) number(dst, raw []byte) []byte {
	s := string(raw)
	if bytes.ContainsAny(raw, ".eE") {
		return append(dst, raw...)
	}
	if masked := f.Own(string(f.path), s); masked != s {
		return appendQuoted(dst, masked)
	}
	return append(dst, raw...)
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
