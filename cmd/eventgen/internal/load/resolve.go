package load

import (
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

// Resolve parses the target of a reference. from is the position of the reference.
func (d *Document) Resolve(ref string, from Position) (*Schema, error) {
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
	if err := d.schema(node, ref, s); err != nil {
		return nil, err
	}
	if name, ok := strings.CutPrefix(ref, Schemas); ok && !strings.Contains(name, "/") {
		s.Name = specdoc.Unescape(name)
	}
	d.schemas[ref] = s
	return s, nil
}
