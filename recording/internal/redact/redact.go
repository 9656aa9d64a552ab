// Package redact decides what a recording keeps of a message: structure always, content
// only if asked for, credentials never. It works by an allow-list of members, the table
// in structure.go; a member that is not in it is not kept.
//
// [Filter.Append] filters a message, and [Filter.Data] other JSON; [Filter.Text],
// [Filter.Tool], [Filter.Own], [Filter.ID], [Filter.Call] and [Filter.Name] filter single
// values.
package redact

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Redacted stands in place of a credential.
const Redacted = "[redacted]"

// Level is the content that is kept. The zero Level is structure alone.
type Level struct {
	Text  bool // texts
	Tools bool // arguments and outputs of tools
	// Frames keeps everything but credentials.
	Frames bool
}

// Filter filters messages. It is not for use by several goroutines.
type Filter struct {
	Level Level
	// Mask, if not nil, changes texts that are kept. The path is that of the member in its
	// message, without indexes, such as "item.content.text".
	Mask func(path, text string) string
	// Secret keys the names that stand in place of ids; it must be random.
	Secret [16]byte
	// Scrub, if not nil, removes credentials that the caller knows from a text.
	Scrub func(text string) string

	in     []byte
	pos    int
	path   []byte
	sounds bool // the member delta is sound
}

// Append appends what is kept of a message of a type to dst. It returns false, and dst as
// it was, if the message is no JSON object.
func (f *Filter) Append(dst []byte, eventType string, message []byte) ([]byte, bool) {
	if !json.Valid(message) {
		return dst, false
	}
	f.in, f.pos, f.path = message, 0, f.path[:0]
	f.sounds = strings.HasSuffix(eventType, "audio.delta")
	f.space()
	if f.peek() != '{' {
		return dst, false
	}
	dst, _ = f.object(dst, structure, "")
	f.in = nil
	return dst, true
}

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

// Raw returns a message that is no JSON object without credentials, masked. Nothing is left of
// one that names a credential and cannot be read.
func (f *Filter) Raw(path string, message []byte) []byte {
	if data := f.Data(path, message); data != nil {
		return data
	}
	if namesCredential(string(message)) {
		return []byte(Redacted)
	}
	return []byte(f.Own(path, string(message)))
}

// Text returns a text as far as it is kept: masked, or its length.
func (f *Filter) Text(path, text string) string {
	if text == "" || !f.Level.Text && !f.Level.Frames {
		return Length(text)
	}
	return f.Own(path, text)
}

// Tool is Text for arguments and outputs of tools.
func (f *Filter) Tool(path, text string) string {
	if text == "" || !f.Level.Tools && !f.Level.Frames {
		return Length(text)
	}
	return f.Own(path, text)
}

// Own is Text for what is kept at every level: it is masked, and holds no credentials.
// Masks see no credentials: they would leave pieces of them, which do not look like one.
func (f *Filter) Own(path, text string) string {
	text = f.Clean(text)
	if f.Mask == nil {
		return text
	}
	return f.Clean(f.Mask(path, text))
}

// Clean returns a text without credentials.
func (f *Filter) Clean(text string) string {
	if f.Scrub != nil {
		text = f.Scrub(text)
	}
	return withoutKeys(text)
}

// ID returns an id, or a name that stands in its place, always the same, if it does not
// look like an id.
func (f *Filter) ID(id string) string {
	if id == "" || isID(id) && f.clean(id) {
		return id
	}
	return f.alias(id)
}

// Call is ID for the id of a call, whose digits may look like a number.
func (f *Filter) Call(id string) string {
	if isCallID(id) && f.clean(id) {
		return id
	}
	return f.ID(id)
}

// Name returns a word such as a state, a code, a model or the name of a tool, or its length
// if it does not look like one.
func (f *Filter) Name(name string) string {
	if name == "" || isName(name) && f.clean(name) {
		return name
	}
	return Length(name)
}

// clean reports whether a text holds no credential.
func (f *Filter) clean(text string) bool { return f.Clean(text) == text }

// Length returns what stands for a text that is not kept: its length in characters. A text
// that is one already stays as it is.
func Length(text string) string {
	if text == "" || IsLength(text) {
		return text
	}
	return "‹" + strconv.Itoa(utf8.RuneCountInString(text)) + "›"
}

// value appends what is kept of the next value. kept is false if that is nothing.
func (f *Filter) value(dst []byte, c class, parent string) (out []byte, kept bool) {
	f.space()
	switch f.peek() {
	case '{', '[':
		if c == dropped || c == tool && !f.Level.Tools && !f.Level.Frames {
			f.skip()
			return dst, false
		}
		if f.peek() == '[' {
			return f.array(dst, c, parent)
		}
		return f.object(dst, c, parent)
	case '"':
		return f.text(dst, c, parent)
	case 't', 'f', 'n':
		raw := f.skip()
		if c == dropped {
			return dst, false
		}
		return append(dst, raw...), true
	default:
		raw := f.skip()
		switch c {
		case free:
			return f.number(dst, raw), true
		case credential:
			return appendQuoted(dst, Redacted), true
		default:
		}
		if !f.Level.Frames && c != number && c != word {
			return dst, false
		}
		return append(dst, raw...), true
	}
}

// object appends what is kept of an object.
func (f *Filter) object(dst []byte, c class, parent string) ([]byte, bool) {
	dst = append(dst, '{')
	first := true
	f.pos++
	for f.more('}') {
		raw := f.skip()
		name := raw[1 : len(raw)-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			name = []byte(escaped(name))
		}
		f.space()
		f.pos++ // The colon.
		before, depth := len(dst), len(f.path)
		if !first {
			dst = append(dst, ',')
		}
		of := f.classOf(c, parent, name)
		dst = append(f.member(dst, name, of), ':')
		f.enter(name)
		var kept bool
		dst, kept = f.value(dst, of, string(name))
		f.path = f.path[:depth]
		if kept {
			first = false
		} else {
			dst = dst[:before]
		}
	}
	return append(dst, '}'), true
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

// classOf returns the class of a member.
func (f *Filter) classOf(c class, parent string, name []byte) class {
	if c == credential || (c == free || f.Level.Frames) && isCredential(string(name)) {
		return credential
	}
	if c == free {
		return free
	}
	if parent == "" && f.sounds && string(name) == "delta" {
		return sound
	}
	if x, ok := special[place{parent, string(name)}]; ok {
		return x
	}
	if x, ok := members[string(name)]; ok {
		return x
	}
	if f.Level.Frames {
		return text
	}
	return dropped
}

// array appends what is kept of an array.
func (f *Filter) array(dst []byte, c class, parent string) ([]byte, bool) {
	dst = append(dst, '[')
	first := true
	f.pos++
	for f.more(']') {
		before := len(dst)
		if !first {
			dst = append(dst, ',')
		}
		var kept bool
		if dst, kept = f.value(dst, c, parent); kept {
			first = false
		} else {
			dst = dst[:before]
		}
	}
	return append(dst, ']'), true
}

// text appends what is kept of a string.
func (f *Filter) text(dst []byte, c class, parent string) ([]byte, bool) {
	raw := f.skip()
	if c == dropped || c == sound && !f.Level.Frames {
		return dst, false
	}
	if c == sound && isBase64(raw[1:len(raw)-1]) {
		return append(dst, raw...), true // It may be long.
	}
	s := unquoted(raw[1 : len(raw)-1])
	switch {
	case c == credential:
		s = Redacted
	case f.Level.Frames && isBinary(c, s) && f.clean(s):
	case f.Level.Frames, c == free:
		s = f.Own(string(f.path), s)
	case c == link:
		s = Length(s)
	case c == id:
		s = f.ID(s)
	case c == word || c == number:
		s = f.Name(s)
	case c == tool || c == structure && parent == "output":
		s = f.Tool(string(f.path), s)
	default:
		s = f.Text(string(f.path), s)
	}
	return appendQuoted(dst, s), true
}

// maxPath bounds a path: no message of the protocol has a longer one.
const maxPath = 512

// enter adds a member to the path.
func (f *Filter) enter(name []byte) {
	if len(f.path)+len(name) > maxPath {
		return // Each text below has a copy of the path.
	}
	if len(f.path) > 0 {
		f.path = append(f.path, '.')
	}
	f.path = append(f.path, name...)
}

// more skips to the next element, or behind the end of the object or array.
func (f *Filter) more(end byte) bool {
	f.space()
	if f.peek() == ',' {
		f.pos++
		f.space()
	}
	if f.peek() == end {
		f.pos++
		return false
	}
	return true
}

func (f *Filter) peek() byte { return f.in[f.pos] }

func (f *Filter) space() {
	for f.pos < len(f.in) && strings.IndexByte(" \t\r\n", f.in[f.pos]) >= 0 {
		f.pos++
	}
}

// skip returns the next value as it is, which is valid.
func (f *Filter) skip() []byte {
	begin, depth := f.pos, 0
	for f.pos < len(f.in) {
		switch f.in[f.pos] {
		case '"':
			f.quoted()
			if depth == 0 {
				return f.in[begin:f.pos]
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return f.in[begin:f.pos]
			}
			if depth--; depth == 0 {
				f.pos++
				return f.in[begin:f.pos]
			}
		case ',', ' ', '\t', '\r', '\n', ':':
			if depth == 0 {
				return f.in[begin:f.pos]
			}
		}
		f.pos++
	}
	return f.in[begin:f.pos]
}

// quoted skips a string.
func (f *Filter) quoted() {
	for f.pos++; f.in[f.pos] != '"'; f.pos++ {
		if f.in[f.pos] == '\\' {
			f.pos++
		}
	}
	f.pos++
}

// IsLength reports whether a text is the result of [Length].
func IsLength(text string) bool {
	inner, ok := strings.CutPrefix(text, "‹")
	if !ok {
		return false
	}
	inner, ok = strings.CutSuffix(inner, "›")
	_, err := strconv.Atoi(inner)
	return ok && err == nil
}
