package model

import (
	"go/token"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// initialisms are the words that Go writes in capitals.
var initialisms = map[string]string{
	"api": "API", "dtmf": "DTMF", "gpt": "GPT", "http": "HTTP", "id": "ID", "ids": "IDs",
	"json": "JSON", "mcp": "MCP", "pcm": "PCM", "pcma": "PCMA", "pcmu": "PCMU", "sdp": "SDP",
	"sip": "SIP", "ttl": "TTL", "uri": "URI", "url": "URL", "vad": "VAD", "rtp": "RTP",
	"srtp": "SRTP", "ms": "MS", "inf": "Inf",
}

// ownNames are the names that the package declares for itself.
var ownNames = []string{
	"DecodeError", "EncodeError", "Extra", "Null", "NullOf", "Nullable", "OperationAt", "ValidationError", "Value",
}

// memberNames are the names of a struct that no member can have.
var memberNames = []string{"AppendJSON", "EventType", "Extra", "MarshalJSON", "UnmarshalJSON", "Validate"}

// goName turns a wire name into an exported Go name.
func goName(wire string) string {
	name := camel(wire)
	if first := []rune(name + " ")[0]; !unicode.IsUpper(first) {
		name = "V" + name
	}
	return name
}

// camel joins the words of a wire name: they are cut at everything that is no
// letter or digit; a separator between two digits is kept as an underscore, so
// that 2.1 does not read as 21.
func camel(wire string) string {
	words := strings.FieldsFunc(wire, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var b strings.Builder
	for _, w := range words {
		if isDigit(lastByte(b.String())) && isDigit(w[0]) {
			b.WriteByte('_')
		}
		if known, ok := initialisms[strings.ToLower(w)]; ok {
			b.WriteString(known)
			continue
		}
		letters := []rune(w)
		b.WriteRune(unicode.ToUpper(letters[0]))
		b.WriteString(string(letters[1:]))
	}
	return b.String()
}

// paramName turns a wire name into an unexported Go name, which is no word that
// Go or the printed function needs.
func paramName(wire string) string {
	name := goName(wire)
	known := ""
	for _, up := range initialisms {
		end := len(up)
		if strings.HasPrefix(name, up) && end > len(known) && (len(name) == end || unicode.IsUpper(rune(name[end]))) {
			known = up
		}
	}
	if known == "" {
		known = string([]rune(name)[:1])
	}
	name = strings.ToLower(known) + strings.TrimPrefix(name, known)
	if token.IsKeyword(name) || slices.Contains([]string{"json", "new", "wire"}, name) {
		name += "Value"
	}
	return name
}

func lastByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[len(s)-1]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// unique returns name, or name with a number behind it when it is taken.
func unique(taken map[string]bool, name string) string {
	candidate := name
	for n := 2; taken[candidate]; n++ {
		candidate = name + strconv.Itoa(n)
	}
	taken[candidate] = true
	return candidate
}

// reserve gives every component that becomes a Go type its name, before inline
// schemas get theirs. A component with a fault counts only when it is reached.
func (b *builder) reserve() error {
	var derived []*load.Schema
	for _, name := range b.doc.SchemaNames() {
		s, err := b.doc.Component(name)
		if err != nil || !declared(s) {
			continue
		}
		if s.GoName == "" {
			derived = append(derived, s)
			continue
		}
		if err := b.take(s.GoName, s); err != nil {
			return err
		}
		b.names[s.Pointer] = s.GoName
	}
	for _, s := range derived {
		b.names[s.Pointer] = unique(b.taken, exported(s.Name))
	}
	return nil
}

// take reserves a name that must not be changed.
func (b *builder) take(name string, s *load.Schema) error {
	if !token.IsIdentifier(name) || !token.IsExported(name) {
		return s.Errorf("%q is no exported Go name", name)
	}
	if b.taken[name] {
		return s.Errorf("the Go name %s is taken", name)
	}
	b.taken[name] = true
	return nil
}

// nameOf is the Go name of a component, or a free name made of hint for an
// inline schema.
func (b *builder) nameOf(s *load.Schema, hint string) string {
	if name, ok := b.names[s.Pointer]; ok {
		return name
	}
	if s.Name != "" {
		hint = exported(s.Name)
	}
	name := unique(b.taken, hint)
	b.names[s.Pointer] = name
	return name
}

// inlineName is the x-go-name of an inline arm or element, or else the hint. (The
// one of a member names the Go field.)
func (b *builder) inlineName(s *load.Schema, hint string) (string, error) {
	if s.Name != "" || s.GoName == "" {
		return hint, nil
	}
	if b.taken[s.GoName] && b.names[s.Pointer] == "" {
		return "", s.Errorf("the Go name %s is taken", s.GoName)
	}
	return s.GoName, nil
}

// exported keeps a component's name that is a Go name already as it is.
func exported(name string) string {
	if token.IsIdentifier(name) && token.IsExported(name) && !strings.Contains(name, "_") {
		return name
	}
	return goName(name)
}

// known names the known values of a type.
func (b *builder) known(s *load.Schema, prefix string, values []load.Value) []Value {
	if s.GoPrefix != nil {
		prefix = *s.GoPrefix
	}
	out := make([]Value, 0, len(values))
	for _, v := range values {
		name := camel(v.Text)
		if name == "" {
			name = "Empty"
		}
		if prefix == "" {
			name = goName(v.Text)
		}
		literal := v.Quoted
		if v.Kind == "string" {
			literal = strconv.Quote(v.Text)
		}
		out = append(out, Value{Name: unique(b.taken, prefix+name), Wire: v.Text, Literal: literal})
	}
	return out
}

// snake turns a Go name into the beginning of a file's name.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			prev, next := rune(name[i-1]), 'A'
			if i+1 < len(name) {
				next = rune(name[i+1])
			}
			if unicode.IsLower(prev) || unicode.IsLower(next) {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
