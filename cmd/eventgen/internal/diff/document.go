package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/specdoc"
	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// Document is one side of a comparison.
type Document struct {
	Name string // The name in the report.
	Spec *specdoc.Document

	wire     *wirepaths.Document
	unions   []string                 // The components marked x-event-union.
	upstream map[string][]string      // The upstream schemas of a component, by its name.
	sets     map[string]wirepaths.Set // By the scope that they were collected for.
}

// Read reads an OpenAPI document, or an AsyncAPI one with the files that it refers to.
func Read(name string, open specdoc.Open) (*Document, error) {
	spec, err := specdoc.Read(name, open)
	if err != nil {
		return nil, err
	}
	return New(name, spec)
}

// New returns the document of a specification.
func New(name string, spec *specdoc.Document) (*Document, error) {
	wire, err := wirepaths.Decode(spec.Root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	d := &Document{Name: name, Spec: spec, wire: wire, upstream: map[string][]string{}, sets: map[string]wirepaths.Set{}}
	for _, c := range wire.Components() {
		s := wire.Component(c)
		if s["x-event-union"] == true {
			d.unions = append(d.unions, c)
		}
		list, _ := s["x-upstream"].([]any)
		for _, v := range list {
			d.upstream[c] = append(d.upstream[c], fmt.Sprint(v))
		}
	}
	return d, nil
}

// Has reports whether the document has a component schema of that name.
func (d *Document) Has(component string) bool { return d.wire.Component(component) != nil }

// At returns the mapping at a JSON pointer, and whether there is one.
func (d *Document) At(pointer string) (map[string]any, bool) { return d.wire.At(pointer) }

// Counterparts returns the components for an upstream schema: those that list it under
// x-upstream, or else the one with its name.
func (d *Document) Counterparts(schema string) []string {
	var names []string
	for _, c := range d.wire.Components() {
		if slices.Contains(d.upstream[c], schema) {
			names = append(names, c)
		}
	}
	if names == nil && d.Has(schema) {
		names = []string{schema}
	}
	return names
}

// guessUnions returns the event unions of a document that marks none: unions whose name
// ends in ClientEvent or ServerEvent.
func (d *Document) guessUnions() []string {
	var names []string
	for _, c := range d.wire.Components() {
		s := d.wire.Component(c)
		named := strings.HasSuffix(c, "ClientEvent") || strings.HasSuffix(c, "ServerEvent")
		if named && (s["oneOf"] != nil || s["anyOf"] != nil) {
			names = append(names, c)
		}
	}
	return names
}

// direction returns the direction of a union's events.
func (d *Document) direction(union string) direction {
	switch d.wire.Component(union)["x-event-direction"] {
	case "send":
		return sent
	case "receive":
		return received
	}
	client, server := strings.Contains(union, "Client"), strings.Contains(union, "Server")
	switch {
	case client && !server:
		return sent
	case server && !client:
		return received
	}
	if strings.Contains(union, "Webhook") {
		return received
	}
	return both
}

type direction int

const (
	both direction = iota
	sent
	received
)

// counterpart returns the document's component for a union called name in this or the
// other document, or "".
func (d *Document) counterpart(other *Document, name string) string {
	if d.Has(name) {
		return name
	}
	for _, up := range other.upstream[name] {
		if d.Has(up) {
			return up
		}
	}
	return ""
}
