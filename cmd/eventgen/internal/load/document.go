package load

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// Schemas is the prefix of the pointers of component schemas.
const Schemas = "#/components/schemas/"

// Document is a specification whose schemas are parsed on demand.
type Document struct {
	*specdoc.Document

	schemas map[string]*Schema // The schemas parsed so far, by pointer.
	faults  []*Error           // The warnings of the schema that is being parsed.
}

// New returns the document of a specification.
func New(doc *specdoc.Document) (*Document, error) {
	d := &Document{Document: doc, schemas: map[string]*Schema{}}
	version := member(d.Root, "openapi")
	switch {
	case version == nil && member(d.Root, "swagger") != nil:
		return nil, d.Position(d.Root, "#").Errorf("Swagger 2 is not supported: convert the document to OpenAPI 3")
	case version == nil:
		return nil, d.Position(d.Root, "#").Errorf("the document has neither openapi nor asyncapi: it is not a document of these formats")
	case !strings.HasPrefix(version.Value, "3."):
		return nil, d.Position(version, "#/openapi").Errorf("openapi must be 3.x, not %s", version.Value)
	}
	return d, nil
}

// SchemaNames returns the names of the component schemas in the order of the document.
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

// member returns the value of a mapping's member, or nil.
func member(n *yaml.Node, name string) *yaml.Node { return specdoc.Member(n, name) }

func alias(n *yaml.Node) *yaml.Node { return specdoc.Alias(n) }

func escape(s string) string { return specdoc.Escape(s) }

// Intro returns info/x-go-package-doc, an addition to the comment of the package.
func (d *Document) Intro() string {
	if text := member(member(d.Root, "info"), "x-go-package-doc"); text != nil {
		return text.Value
	}
	return ""
}

// Unshared returns info/x-go-unshared, the members whose string differs in every
// message, and the position of the list.
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

// fault records a warning about the schema that is being parsed.
func (d *Document) fault(at Position, msg string) {
	d.faults = append(d.faults, &Error{Position: at, Msg: msg})
}
