package model

import (
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// Options say what to build from a document.
type Options struct {
	Source string
	// Unions are the component schemas of the event unions. Empty: those marked
	// x-event-union, and every other component as well.
	Unions []string
}

// Build makes the package of a document.
func Build(doc *load.Document, opts Options) (*Package, error) {
	b := &builder{
		doc:   doc,
		pkg:   &Package{Source: opts.Source},
		byPtr: map[string]*Type{},
		taken: map[string]bool{"Null": true, "Nullable": true, "Extra": true, "DecodeError": true, "ValidationError": true},
		named: map[*Type]*Named{},
	}
	roots := opts.Unions
	if len(roots) == 0 {
		roots = doc.SchemaNames()
	}
	for _, name := range roots {
		s, err := doc.Component(name)
		if err != nil {
			return nil, err
		}
		b.reserve(s)
	}
	for _, name := range roots {
		if err := b.root(name, opts); err != nil {
			return nil, err
		}
	}
	if err := b.finish(); err != nil {
		return nil, err
	}
	return b.pkg, nil
}

type builder struct {
	doc   *load.Document
	pkg   *Package
	byPtr map[string]*Type // of schemas that became declared types, by pointer
	taken map[string]bool
	named map[*Type]*Named

	constructors []pendingConstructor
}

type pendingConstructor struct {
	spec load.Constructor
	on   *Struct
}

// reserve keeps a component's own name from being given to an inline schema.
func (b *builder) reserve(s *load.Schema) {
	if declared(s) {
		b.taken[componentName(s)] = true
	}
}

func (b *builder) root(name string, opts Options) error {
	s, err := b.doc.Component(name)
	if err != nil {
		return err
	}
	t, err := b.typeOf(s, "")
	if err != nil {
		return err
	}
	isEvent := s.EventUnion || slices.Contains(opts.Unions, name)
	if isEvent && t.Kind != UnionKind {
		return s.Errorf("an event union has object arms")
	}
	if isEvent {
		return b.eventUnion(t.Union)
	}
	return nil
}

// typeOf returns the Go type for a schema. Hint names it when it is inline and
// needs a declaration.
func (b *builder) typeOf(s *load.Schema, hint string) (*Type, error) {
	s, err := b.deref(s)
	if err != nil {
		return nil, err
	}
	if t, ok := b.byPtr[s.Pointer]; ok {
		return t, nil
	}
	s, err = b.simplify(s)
	if err != nil {
		return nil, err
	}
	if s.Name != "" {
		hint = componentName(s)
	}
	if t, ok := b.byPtr[s.Pointer]; ok {
		return t, nil
	}
	switch {
	case len(s.OneOf) > 0:
		return b.union(s, hint)
	case kindOf(s) == "object" && len(s.Properties) > 0:
		return b.structType(s, hint)
	case kindOf(s) == "string" && len(values(s)) > 1, s.Known != nil, s.Name != "" && s.Enum != nil:
		return b.enum(s, hint), nil
	case kindOf(s) == "object" && s.Additional != nil:
		return b.mapType(s, hint)
	case kindOf(s) == "array":
		return b.sliceType(s, hint)
	}
	return b.scalar(s)
}

func (b *builder) deref(s *load.Schema) (*load.Schema, error) {
	for range 32 {
		if s.Ref == "" {
			return s, nil
		}
		target, err := b.doc.Resolve(s.Ref, s.Position)
		if err != nil {
			return nil, err
		}
		s = target
	}
	return nil, s.Errorf("reference goes in a circle")
}

func (b *builder) scalar(s *load.Schema) (*Type, error) {
	t := &Type{Checks: checksOf(s)}
	switch kindOf(s) {
	case "string":
		t.Kind = String
		if s.ContentEncoding == "base64" || s.Format == "byte" {
			t.Kind = Bytes
		}
	case "integer":
		t.Kind = Int
		if s.Format == "int64" || s.Format == "unixtime" {
			t.Kind = Int64
		}
	case "number":
		t.Kind = Float
	case "boolean":
		t.Kind = Bool
	case "object", "":
		t.Kind = Raw
	default:
		return nil, s.Errorf("no Go type for %q", kindOf(s))
	}
	return t, nil
}

func (b *builder) sliceType(s *load.Schema, hint string) (*Type, error) {
	if s.Items == nil {
		return &Type{Kind: Raw}, nil
	}
	elem, err := b.typeOf(s.Items, hint+"Item")
	if err != nil {
		return nil, err
	}
	return &Type{Kind: Slice, Elem: elem, Checks: checksOf(s)}, nil
}

func (b *builder) mapType(s *load.Schema, hint string) (*Type, error) {
	t := &Type{Kind: Map, Checks: checksOf(s)}
	if s.Name != "" {
		t.Name = hint
		b.declare(s, t, nil)
	}
	var err error
	t.Elem, err = b.typeOf(s.Additional, hint+"Value")
	return t, err
}

func (b *builder) enum(s *load.Schema, hint string) *Type {
	if s.Name == "" {
		hint = b.unique(hint)
	}
	t := &Type{Kind: String, Name: hint}
	prefix := hint
	if s.GoPrefix != nil {
		prefix = *s.GoPrefix
	}
	var vals []Value
	for _, v := range values(s) {
		name := prefix + strings.TrimPrefix(goName(v), "V")
		if goName(v)[0] == 'V' && !isDigit(v[0]) {
			name = prefix + goName(v)
		}
		vals = append(vals, Value{Name: name, Wire: v})
	}
	b.declare(s, t, vals)
	return t
}

// declare adds a named type to the package.
func (b *builder) declare(s *load.Schema, t *Type, vals []Value) *Named {
	n := &Named{Type: t, Doc: s.Description, Values: vals}
	b.byPtr[s.Pointer] = t
	b.named[t] = n
	b.taken[t.Name] = true
	b.pkg.Named = append(b.pkg.Named, n)
	return n
}

func componentName(s *load.Schema) string {
	if s.GoName != "" {
		return s.GoName
	}
	if name := s.Name; name != "" && !strings.ContainsAny(name, "._- ") && name[0] >= 'A' && name[0] <= 'Z' {
		return name
	}
	return goName(s.Name)
}
