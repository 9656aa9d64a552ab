package load

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Schemas is where the component schemas stand.
const Schemas = "#/components/schemas/"

// Document is an OpenAPI document whose schemas are parsed when asked for.
type Document struct {
	file    string
	root    *yaml.Node
	schemas map[string]*Schema // parsed so far, by pointer
}

// Parse reads a document from data. File is the name used in errors.
func Parse(file string, data []byte) (*Document, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if _, err := Lift(file, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, Position{File: file, Line: 1, Pointer: "#"}.Errorf("is not an OpenAPI document")
	}
	d := &Document{file: file, root: doc.Content[0], schemas: map[string]*Schema{}}
	if err := d.sound(d.root, "#", nil); err != nil {
		return nil, err
	}
	version := member(d.root, "openapi")
	if version == nil || !strings.HasPrefix(version.Value, "3.1") {
		return nil, d.position(d.root, "#").Errorf("openapi must be 3.1")
	}
	return d, nil
}

// SchemaNames lists the component schemas in the order of the document.
func (d *Document) SchemaNames() []string {
	components := member(d.root, "components")
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
		return nil, d.position(d.root, "#/components/schemas").Errorf("there is no schema %q", name)
	}
	return d.Resolve(Schemas+escape(name), d.position(d.root, "#"))
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
	node := d.root
	parts := strings.Split(ref[2:], "/")
	for _, part := range parts {
		if node = child(node, unescape(part)); node == nil {
			return nil, from.Errorf("reference %q points at nothing", ref)
		}
	}
	s := &Schema{}
	if err := d.schema(node, ref, s); err != nil {
		return nil, err
	}
	if strings.HasPrefix(ref, Schemas) && len(parts) == 3 {
		s.Name = unescape(parts[2])
	}
	d.schemas[ref] = s
	return s, nil
}

func (d *Document) position(n *yaml.Node, pointer string) Position {
	return Position{File: d.file, Line: n.Line, Pointer: pointer}
}

// member finds the value of a mapping's member, or nil.
func member(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return alias(n.Content[i+1])
		}
	}
	return nil
}

// child is the value that one segment of a JSON pointer leads to, or nil.
func child(n *yaml.Node, segment string) *yaml.Node {
	if n.Kind != yaml.SequenceNode {
		return member(n, segment)
	}
	i, err := strconv.Atoi(segment)
	if err != nil || i < 0 || i >= len(n.Content) {
		return nil
	}
	return alias(n.Content[i])
}

// sound fails for what YAML can say and JSON cannot: a name that stands twice in
// a mapping, a name that is no scalar, and a value that holds itself.
func (d *Document) sound(n *yaml.Node, pointer string, open []*yaml.Node) error {
	at := d.position(n, pointer)
	switch n.Kind {
	case yaml.AliasNode:
		if slices.Contains(open, n.Alias) {
			return at.Errorf("the alias *%s stands in what it refers to", n.Value)
		}
	case yaml.SequenceNode:
		for i, e := range n.Content {
			if err := d.sound(e, pointer+"/"+strconv.Itoa(i), append(open, n)); err != nil {
				return err
			}
		}
	case yaml.MappingNode:
		seen := map[string]bool{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || seen[key.Value] {
				return d.position(key, pointer).Errorf("the name %q is no string or stands twice", key.Value)
			}
			seen[key.Value] = true
			if err := d.sound(n.Content[i+1], pointer+"/"+escape(key.Value), append(open, n)); err != nil {
				return err
			}
		}
	default: // a scalar
	}
	return nil
}

func alias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func escape(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}

func unescape(s string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(s)
}

// HasPaths reports whether the document describes operations.
func (d *Document) HasPaths() bool {
	paths := member(d.root, "paths")
	return paths != nil && len(paths.Content) > 0
}

// Intro is what info/x-go-package-doc adds to the comment of the package.
func (d *Document) Intro() string {
	if text := member(member(d.root, "info"), "x-go-package-doc"); text != nil {
		return text.Value
	}
	return ""
}
