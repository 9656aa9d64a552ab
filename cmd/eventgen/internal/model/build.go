package model

import (
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

	unshared     unshared
	constructors []pendingConstructor
	texts        map[*Union]map[string]*Accessor // Functions that return strings, by the member's wire name.
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
			return nil, s.Errorf("the reference is to a schema of type %s", kind)
		}
		s = target
	}
	return nil, s.Errorf("reference goes in a circle")
}
