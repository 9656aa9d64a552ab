package load

import (
	"path"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// Component parses the component schema called name.
func (d *Document) Component(name string) (*Schema, error) {
	if !slices.Contains(d.SchemaNames(), name) {
		return nil, d.Position(d.Root, "#/components/schemas").Errorf("there is no schema %q", name)
	}
	return d.Resolve(Schemas+escape(name), d.Position(d.Root, "#"))
}

// PeekComponent is Component without warnings, for a schema that may not be used.
func (d *Document) PeekComponent(name string) (*Schema, error) {
	return d.Peek(Schemas+escape(name), d.Position(d.Root, "#"))
}

// Resolve parses the target of a reference. from is the position of the reference. The
// warnings of a schema are recorded when it is resolved for the first time.
func (d *Document) Resolve(ref string, from Position) (*Schema, error) {
	s, err := d.Peek(ref, from)
	if err != nil || s.told {
		return s, err
	}
	s.told = true
	for _, fault := range s.faults {
		d.Warn(fault.Position, "%s", fault.Msg)
	}
	return s, nil
}

// Peek is Resolve without warnings, for schemas that may not be used.
func (d *Document) Peek(ref string, from Position) (*Schema, error) {
	if s, ok := d.schemas[ref]; ok {
		return s, nil
	}
	if !strings.HasPrefix(ref, "#/") {
		return nil, from.Errorf("reference %q leaves the document", ref)
	}
	node := specdoc.At(d.Root, ref)
	if node == nil {
		return nil, from.Errorf("reference %q has no target", ref)
	}
	s := &Schema{}
	outer := d.faults
	d.faults = nil
	err := d.schema(node, ref, s)
	s.faults, d.faults = d.faults, outer
	if err != nil {
		return nil, err
	}
	s.Name = nameAt(ref)
	d.schemas[ref] = s
	return s, nil
}

// nameAt returns the name of the component, definition or file that a reference leads to,
// or "".
func nameAt(ref string) string {
	if name, ok := strings.CutPrefix(ref, Schemas); ok && !strings.Contains(name, "/") {
		return specdoc.Unescape(name)
	}
	at := strings.LastIndexByte(ref, '/')
	parent, last := ref[:at], specdoc.Unescape(ref[at+1:])
	switch {
	case strings.HasSuffix(parent, "/schemas"), strings.HasSuffix(parent, "/definitions"), strings.HasSuffix(parent, "/$defs"):
		return last
	case parent == "#/x-files":
		stem, _, _ := strings.Cut(path.Base(last), ".")
		return stem
	case path.Dir(parent) == "#/x-files":
		return last // A library of schemas, each a member of the file.
	}
	return ""
}
