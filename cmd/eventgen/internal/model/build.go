package model

import (
	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// Options say what to build from a document.
type Options struct {
	// Unions are the component schemas of the event unions. Empty: those marked
	// x-event-union, and every other component as well.
	Unions []string
	// REST adds the document's operations.
	REST bool
}

// Build makes the package of a document.
func Build(doc *load.Document, opts Options) (*Package, error) {
	b := &builder{
		doc:    doc,
		pkg:    &Package{Source: doc.Source(), Intro: doc.Intro()},
		byPtr:  map[string]*Type{},
		names:  map[string]string{},
		taken:  map[string]bool{},
		named:  map[*Type]*Named{},
		common: map[*Union]map[string]*Accessor{},
	}
	for _, name := range opts.Unions {
		s, err := doc.Component(name)
		if err != nil {
			return nil, err
		}
		s.EventUnion = true
	}
	if err := b.unshared.read(doc); err != nil {
		return nil, err
	}
	for _, name := range ownNames {
		b.taken[name] = true
	}
	if err := b.reserve(); err != nil {
		return nil, err
	}
	roots := opts.Unions
	if len(roots) == 0 {
		roots = doc.SchemaNames()
	}
	for _, name := range roots {
		if err := b.root(name); err != nil {
			return nil, err
		}
	}
	if err := b.finish(); err != nil {
		return nil, err
	}
	if len(opts.Unions) == 0 {
		if err := b.unshared.unused(); err != nil {
			return nil, err
		}
	}
	b.accessors()
	if opts.REST {
		b.operations()
	}
	return b.pkg, b.protocols()
}

// maxDepth is how many references may follow each other, and how many notations
// may be folded into each other, before that counts as a circle.
const maxDepth = 64

type builder struct {
	doc   *load.Document
	pkg   *Package
	byPtr map[string]*Type  // of schemas that became declared types, by pointer
	names map[string]string // of schemas that have a Go name, by pointer
	taken map[string]bool
	named map[*Type]*Named
	depth int // of simplify

	unshared     unshared
	constructors []pendingConstructor
	common       map[*Union]map[string]*Accessor // by the member's wire name
}

type pendingConstructor struct {
	spec load.Constructor
	on   *Struct
}

func (b *builder) root(name string) error {
	s, err := b.doc.Component(name)
	if err != nil {
		return err
	}
	t, err := b.typeOf(s, "")
	if err != nil {
		return err
	}
	if s.EventUnion && t.Kind != UnionKind {
		return s.Errorf("an event union has object arms")
	}
	if s.EventUnion {
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
	if t, ok := b.byPtr[s.Pointer]; ok {
		return t, nil
	}
	t, err := b.declareOrRead(s, hint)
	if err == nil {
		err = misplaced(s, t)
	}
	return t, err
}

func (b *builder) declareOrRead(s *load.Schema, hint string) (*Type, error) {
	switch {
	case len(s.OneOf) > 0:
		return b.union(s, hint)
	case kindOf(s) == "object" && len(s.Properties) > 0:
		return b.structType(s, hint)
	case kindOf(s) == "string" && len(values(s)) > 1, s.Known != nil, s.Name != "" && s.Enum != nil:
		return b.enum(s, hint)
	case kindOf(s) == "object" && s.Additional != nil:
		return b.mapType(s, hint)
	case kindOf(s) == "array":
		return b.sliceType(s, hint)
	}
	return b.scalar(s)
}

// misplaced fails for a keyword of the generator's own that says nothing about
// the type it stands on.
func misplaced(s *load.Schema, t *Type) error {
	var keyword string
	switch {
	case t.Kind != StructKind && s.Constructors != nil:
		keyword = "x-go-constructors"
	case t.Kind != StructKind && s.RequireOneOf != nil:
		keyword = "x-require-one-of"
	case t.Kind != StructKind && s.Aliases != nil:
		keyword = "x-event-aliases"
	case t.Kind != String && s.Known != nil:
		keyword = "x-known-values"
	default:
		return nil
	}
	return s.Errorf("%s has no meaning here", keyword)
}

func (b *builder) deref(s *load.Schema) (*load.Schema, error) {
	for range maxDepth {
		if s.Ref == "" {
			return s, nil
		}
		target, err := b.doc.Resolve(s.Ref, s.Position)
		if err != nil {
			return nil, err
		}
		if kind := kindOf(target); s.Types != nil && kind != "" && kind != s.Types[0] {
			return nil, s.Errorf("the reference is to a schema of type %s", kind)
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
	t := &Type{Kind: Slice, Checks: checksOf(s)}
	if s.Name != "" {
		hint = exported(s.Name)
	}
	// Known while its elements are read, since they may hold such lists again.
	b.byPtr[s.Pointer] = t
	defer delete(b.byPtr, s.Pointer)
	return t, b.element(t, s, s.Items, hint+"Item")
}

func (b *builder) mapType(s *load.Schema, hint string) (*Type, error) {
	t := &Type{Kind: Map, Checks: checksOf(s)}
	if s.Name != "" {
		hint = b.nameOf(s, hint)
		t.Name = hint
		b.declare(s, t, nil)
	}
	return t, b.element(t, s, s.Additional, hint+"Value")
}

// element sets the element type of a list or map. Of is its schema, elem the one
// of its elements.
func (b *builder) element(t *Type, of, elem *load.Schema, hint string) error {
	null, err := b.nullable(elem)
	if err != nil {
		return err
	}
	if hint, err = b.inlineName(elem, hint); err != nil {
		return err
	}
	if t.Elem, err = b.typeOf(elem, hint); err != nil {
		return err
	}
	switch {
	case null && t.Elem.Kind == UnionKind:
		t.Elem.Union.Null = true
	case null:
		t.Elem = &Type{Kind: NullableKind, Elem: t.Elem}
	}
	for e := t.Elem; e != nil; e = e.Elem {
		if e == t {
			return of.Errorf("holds itself and nothing else")
		}
	}
	return nil
}

func (b *builder) enum(s *load.Schema, hint string) (*Type, error) {
	t, err := b.scalar(s)
	if err != nil {
		return nil, err
	}
	if t.Kind == Bytes || t.Kind == Raw {
		return nil, s.Errorf("no Go type for these known values")
	}
	for _, v := range values(s) {
		if v.Kind != kindOf(s) && (v.Kind != "integer" || t.Kind != Float) {
			return nil, s.Errorf("the value %s is no %s", v.Quoted, kindOf(s))
		}
	}
	t.Name = b.nameOf(s, hint)
	b.declare(s, t, b.known(s, t.Name, values(s)))
	return t, nil
}

// declare adds a named type to the package.
func (b *builder) declare(s *load.Schema, t *Type, vals []Value) *Named {
	n := &Named{Type: t, Doc: s.Description, Values: vals}
	b.byPtr[s.Pointer] = t
	b.named[t] = n
	b.pkg.Named = append(b.pkg.Named, n)
	return n
}
