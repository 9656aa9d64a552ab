package model

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
	"github.com/voicelane/realtime-go/internal/specdoc"
)

// built returns the package of a document.
func built(text string) (*Package, error) {
	doc, err := specdoc.Parse("a.yaml", []byte(text))
	if err != nil {
		return nil, err
	}
	loaded, err := load.New(doc)
	if err != nil {
		return nil, err
	}
	return Build(loaded, Options{})
}

// faults returns the warnings about a document and the error, if there are any.
func faults(text string) error {
	doc, err := specdoc.Parse("a.yaml", []byte(text))
	if err != nil {
		return err
	}
	loaded, err := load.New(doc)
	if err != nil {
		return err
	}
	_, err = Build(loaded, Options{})
	all := []error{err}
	for _, w := range doc.Warnings {
		all = append(all, w)
	}
	return errors.Join(all...)
}

const head = "openapi: 3.1.0\ninfo: {title: Test, version: '1'}\ncomponents:\n  schemas:\n"

// of returns the package of component schemas. They are indented by four spaces.
func of(t *testing.T, schemas string) *Package {
	t.Helper()
	pkg, err := built(head + schemas)
	require.NoError(t, err)
	return pkg
}

// thing returns the only field of the object Thing.
func thing(t *testing.T, required, member string) *Field {
	t.Helper()
	pkg := of(t, "    Thing: {type: object, required: ["+required+"], properties: {a_b: "+member+"}}\n"+others)
	for _, s := range pkg.Structs {
		if s.Name == "Thing" {
			require.Len(t, s.Fields, 1)
			return s.Fields[0]
		}
	}
	require.Fail(t, "there is no Thing")
	return nil
}

// others are components that members refer to.
const others = `    Point: {type: object, required: [x], properties: {x: {type: integer}}}
    Color: {type: string, x-known-values: [red]}
    Shape:
      oneOf:
        - {$ref: '#/components/schemas/Circle'}
        - {$ref: '#/components/schemas/Square'}
    Circle: {type: object, required: [type], properties: {type: {const: circle}}}
    Square: {type: object, required: [type], properties: {type: {const: square}}}
    Stamp: {type: object, readOnly: true, properties: {at: {type: integer}}}
    NoPoint: {anyOf: [{$ref: '#/components/schemas/Point'}, {type: 'null'}]}
`

// union returns the union called name.
func (p *Package) union(t *testing.T, name string) *Union {
	t.Helper()
	for _, u := range p.Unions {
		if u.Name == name {
			return u
		}
	}
	require.Fail(t, "there is no union "+name)
	return nil
}

// accessor returns the function called name, or nil.
func (p *Package) accessor(name string) *Accessor {
	for _, list := range [][]*Accessor{p.Accessors, p.Protocols} {
		for _, a := range list {
			if a.Name == name {
				return a
			}
		}
	}
	return nil
}
