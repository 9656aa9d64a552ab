package model

import (
	"slices"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// Options are the options of Build.
type Options struct {
	// Unions are the component schemas of the event unions. If it is empty, all
	// components are built, and those marked x-event-union are event unions.
	Unions []string
	// Times makes members of format date-time times.
	Times bool
	// REST adds the document's operations.
	REST bool
}

// Build returns the package of a document.
func Build(doc *load.Document, opts Options) (*Package, error) {
	b := &builder{
		doc:   doc,
		pkg:   &Package{Source: doc.Source(), Times: opts.Times, Intro: doc.Intro()},
		byPtr: map[string]*Type{},
		names: map[string]string{},
		taken: map[string]bool{},
		named: map[*Type]*Named{},
		texts: map[*Union]map[string]*Accessor{},

		maxSteps: minSteps + doc.Size(),
		times:    opts.Times,
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
	if opts.Times {
		b.taken["Time"], b.taken["TimeOf"] = true, true
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
	b.decide()
	for _, s := range b.events {
		t := b.typeAt(s.Name)
		switch {
		case t != nil && t.Union != nil:
			b.eventUnion(t.Union)
		case slices.Contains(opts.Unions, s.Name):
			return nil, s.Errorf("an event union must have object arms: write them with oneOf, or name another schema")
		default:
			b.doc.Warn(s.Position, "there is no union of events: no arm is an object with members")
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
	if err := b.protocols(); err != nil {
		return nil, err
	}
	if len(b.pkg.Structs)+len(b.pkg.Unions)+len(b.pkg.Named)+len(b.pkg.Operations) == 0 {
		return nil, doc.Position(doc.Root, "#").Errorf("there is nothing to generate: no schema is an object, a union or a list of known values; the warnings name what is left out")
	}
	return b.pkg, nil
}

func (b *builder) root(name string) error {
	s, err := b.doc.Component(name)
	if err != nil {
		return b.warn(err)
	}
	if s.EventUnion {
		b.events = append(b.events, s)
	}
	_, err = b.typeOf(s, "")
	return b.warn(err)
}
