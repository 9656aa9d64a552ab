package load

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// Schemas is where the component schemas stand.
const Schemas = "#/components/schemas/"

// Position says where a value stands in a specification.
type Position = specdoc.Position

// Error is a fault in the specification. Its text starts with file, line and pointer.
type Error = specdoc.Error

// Document is a specification whose schemas are parsed when asked for.
type Document struct {
	*specdoc.Document

	schemas map[string]*Schema // parsed so far, by pointer
}

// New takes a specification to generate from.
func New(doc *specdoc.Document) (*Document, error) {
	d := &Document{Document: doc, schemas: map[string]*Schema{}}
	version := member(d.Root, "openapi")
	if version == nil || !strings.HasPrefix(version.Value, "3.1") {
		return nil, d.Position(d.Root, "#").Errorf("openapi must be 3.1")
	}
	return d, nil
}

// SchemaNames lists the component schemas in the order of the document.
func (d *Document) SchemaNames() []string {
	components := member(d.Root, "components")
	schemas := member(components, "schemas")
	if schemas == nil {
		return nil
	}
	names := make([]string, 0, len(schemas.Content)/2)
	for i := 0; i+1 < len(schemas.Content); i += 2 {
		names = append(names, schemas.Content[i].Value)
	}
	return names
}

// Component parses the component schema of that name.
func (d *Document) Component(name string) (*Schema, error) {
	if !slices.Contains(d.SchemaNames(), name) {
		return nil, d.Position(d.Root, "#/components/schemas").Errorf("there is no schema %q", name)
	}
	return d.Resolve(Schemas+escape(name), d.Position(d.Root, "#"))
}

// Resolve parses the schema that a reference points at. From is where the
// reference stands.
func (d *Document) Resolve(ref string, from Position) (*Schema, error) {
	if s, ok := d.schemas[ref]; ok {
		return s, nil
	}
	if !strings.HasPrefix(ref, "#/") {
		return nil, from.Errorf("reference %q leaves the document", ref)
	}
	node := specdoc.At(d.Root, ref)
	if node == nil {
		return nil, from.Errorf("reference %q points at nothing", ref)
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

// member finds the value of a mapping's member, or nil.
func member(n *yaml.Node, name string) *yaml.Node { return specdoc.Member(n, name) }

func alias(n *yaml.Node) *yaml.Node { return specdoc.Alias(n) }

func escape(s string) string { return specdoc.Escape(s) }

// Intro is what info/x-go-package-doc adds to the comment of the package.
func (d *Document) Intro() string {
	if text := member(member(d.Root, "info"), "x-go-package-doc"); text != nil {
		return text.Value
	}
	return ""
}

// Unshared is what info/x-go-unshared lists: the members whose text is another in
// every message. At is where the list stands.
func (d *Document) Unshared() (names []string, at Position, err error) {
	n := alias(member(member(d.Root, "info"), "x-go-unshared"))
	if n == nil {
		return nil, at, nil
	}
	at = d.Position(n, "#/info/x-go-unshared")
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return nil, at, at.Errorf("must be a list of members")
	}
	for _, e := range n.Content {
		names = append(names, alias(e).Value)
	}
	return names, at, nil
}
