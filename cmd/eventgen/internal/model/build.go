package model

import (
	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

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
	texts        map[*Union]map[string]*Accessor // by the member's wire name
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
