package model

import (
	"errors"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// maxDepth is the maximum length of a chain of references, and the maximum depth of
// nested allOf and unions. Longer ones are treated as circles.
const maxDepth = 64

type builder struct {
	doc   *load.Document
	pkg   *Package
	byPtr map[string]*Type  // The declared types of schemas, by pointer.
	names map[string]string // The Go names of schemas, by pointer.
	taken map[string]bool
	named map[*Type]*Named
	depth int // The depth of simplify.
	steps int // The calls of simplify.

	maxSteps int
	times    bool // Options.Times.

	undecided []undecided
	events    []*load.Schema // The components that are to be event unions.

	unshared     unshared
	constructors []pendingConstructor
	texts        map[*Union]map[string]*Accessor // Functions that return strings, by the member's wire name.
}

// undecided is a union whose arms are not told apart yet. That is done when all types are
// built, since an arm may hold its own union.
type undecided struct {
	union  *Union
	schema *load.Schema
}

type pendingConstructor struct {
	spec load.Constructor
	on   *Struct
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
			b.doc.Warn(s.Position, "the type %s beside the reference has no effect: the reference is to a schema of type %s", s.Types[0], kind)
		}
		s = target
	}
	return nil, s.Errorf("reference goes in a circle")
}

// warn records an error in the document as a warning: the value that it is about is raw
// JSON. It returns errors of the generator's own keywords, and others, and nil for nil.
func (b *builder) warn(err error) error {
	fault, ok := errors.AsType[*load.Error](err)
	if !ok || fault.Fatal {
		return err
	}
	b.doc.Warn(fault.Position, "%s", fault.Msg)
	return nil
}

// typeAt returns the type of a component, or nil.
func (b *builder) typeAt(component string) *Type {
	s, err := b.doc.Component(component)
	if err != nil {
		return nil
	}
	if s, err = b.deref(s); err != nil {
		return nil
	}
	return b.byPtr[s.Pointer]
}
