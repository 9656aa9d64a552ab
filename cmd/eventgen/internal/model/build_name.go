package model

import (
	"go/token"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// ownNames are the names that runtime_gen.go and operations_gen.go declare.
var ownNames = []string{
	"DecodeError", "EncodeError", "Extra", "Null", "NullOf", "Nullable", "OperationAt", "ValidationError", "Value",
}

// memberNames are the names of methods and fields of structs, which no member can have.
var memberNames = []string{"AppendJSON", "EventType", "Extra", "MarshalJSON", "UnmarshalJSON", "Validate"}

// reserve names every component that becomes a Go type, before inline schemas are named.
// It ignores invalid components; they are errors when they are used.
func (b *builder) reserve() error {
	var derived []*load.Schema
	for _, name := range b.doc.SchemaNames() {
		s, err := b.doc.PeekComponent(name)
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

// take reserves a name that must be used as it is.
func (b *builder) take(name string, s *load.Schema) error {
	if !token.IsIdentifier(name) || !token.IsExported(name) {
		return s.Fatalf("%q is not an exported Go name", name)
	}
	if b.taken[name] {
		return s.Fatalf("the Go name %s is taken", name)
	}
	b.taken[name] = true
	return nil
}

// nameOf returns the Go name of a component, or an unused name made of hint for an
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

// inlineName returns the x-go-name of an inline arm or element, or else hint. The
// x-go-name of a member names the Go field instead.
func (b *builder) inlineName(s *load.Schema, hint string) (string, error) {
	if s.Name != "" || s.GoName == "" {
		return hint, nil
	}
	if b.taken[s.GoName] && b.names[s.Pointer] == "" {
		return "", s.Fatalf("the Go name %s is taken", s.GoName)
	}
	return s.GoName, nil
}

// known returns the known values of a type with their Go names.
func (b *builder) known(s *load.Schema, prefix string, values []load.Value) []Value {
	if s.GoPrefix != nil {
		prefix = *s.GoPrefix
	}
	out := make([]Value, 0, len(values))
	for _, v := range values {
		name := camel(v.Text)
		switch {
		case v.Name != "":
			name = camel(lowered(v.Name))
		case strings.HasPrefix(v.Text, "-") && v.Kind != "string":
			name = "Minus" + name
		}
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
