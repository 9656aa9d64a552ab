package specdoc

import (
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// loader merges an AsyncAPI document with the OpenAPI documents that it refers to.
type loader struct {
	doc    *Document
	name   string
	root   *yaml.Node // Of the AsyncAPI document.
	others []other

	base int // Index in others of the document whose operations and webhooks are used.

	unions  *yaml.Node // The components made of the operations.
	schemas *yaml.Node // All other components.

	local map[*yaml.Node]bool // Nodes whose references have been made local.
}

// other is an OpenAPI document that the AsyncAPI document refers to.
type other struct {
	File

	root *yaml.Node
}

func (l *loader) at(n *yaml.Node, pointer string) Position {
	return Position{File: l.name, Line: n.Line, Pointer: pointer}
}

// references reads the files that the document refers to and makes the references
// local.
func (l *loader) references(n *yaml.Node, pointer string, open Open) error {
	if l.local[n] {
		return nil
	}
	l.local[n] = true // Several aliases can lead to one node.
	if n.Kind != yaml.MappingNode {
		for i, c := range n.Content {
			if err := l.references(c, pointer+"/"+strconv.Itoa(i), open); err != nil {
				return err
			}
		}
		return nil
	}
	return members(n, func(key, value *yaml.Node) error {
		if key.Value != "$ref" || value.Kind != yaml.ScalarNode || strings.HasPrefix(value.Value, "#") {
			return l.references(value, pointer+"/"+Escape(key.Value), open)
		}
		at := l.at(value, pointer+"/$ref")
		file, pointer, _ := strings.Cut(value.Value, "#")
		file, err := relative(l.name, file)
		if err != nil {
			return at.Errorf("%v", err)
		}
		if !strings.HasPrefix("#"+pointer, schemasPointer) {
			return at.Errorf("reference %q: only components/schemas of another file can be used", value.Value)
		}
		if err := l.include(file, open); err != nil {
			return err
		}
		value.Value = "#" + pointer
		return nil
	})
}

// include reads an OpenAPI document, unless it has been read.
func (l *loader) include(file string, open Open) error {
	if slices.Contains(l.doc.Files, file) {
		return nil
	}
	data, err := open(file)
	if err != nil {
		return err
	}
	root, err := parseFile(file, data)
	if err != nil {
		return err
	}
	if Member(Member(root, "components"), "schemas") == nil {
		return Position{File: file, Line: root.Line, Pointer: "#"}.Errorf("the document has no components/schemas")
	}
	l.others = append(l.others, other{File{Name: file, Data: data}, root})
	l.doc.Files = append(l.doc.Files, file)
	return nil
}

// components collects the schemas of all files. The default file of nodes is the first
// OpenAPI document with operations, or else the first OpenAPI document. Nodes of other
// files are claimed.
func (l *loader) components() error {
	if i := slices.IndexFunc(l.others, func(o other) bool { return hasPaths(o.root) }); i >= 0 {
		l.base = i
		l.doc.REST = &l.others[i].File
	}
	if len(l.others) > 0 {
		l.doc.file = l.others[l.base].Name
	}
	add := func(file string, root *yaml.Node) error {
		return members(Member(Member(root, "components"), "schemas"), func(key, value *yaml.Node) error {
			if Member(l.schemas, key.Value) != nil {
				return Position{File: file, Line: key.Line, Pointer: schemasPointer + Escape(key.Value)}.
					Errorf("another file also has a schema %s", key.Value)
			}
			l.doc.claim(value, file)
			l.schemas.Content = append(l.schemas.Content, key, value)
			return nil
		})
	}
	for _, o := range l.others {
		if err := add(o.Name, o.root); err != nil {
			return err
		}
	}
	return add(l.name, l.root)
}

// merged returns the OpenAPI document with operations, to which the schemas of all files
// are added. If there is no OpenAPI document, it makes one.
func (l *loader) merged() *yaml.Node {
	schemas := mapping(l.root)
	schemas.Content = slices.Concat(l.unions.Content, l.schemas.Content)
	root, info := mapping(l.root), Member(l.root, "info")
	if len(l.others) == 0 {
		put(root, "openapi", scalar(l.root, "!!str", "3.1.0"))
		if info != nil {
			put(root, "info", info)
		}
		put(root, "components", mapping(l.root))
	} else {
		root.Content = slices.Clone(l.others[l.base].root.Content)
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != "components" {
			continue
		}
		components := mapping(root.Content[i+1])
		_ = members(Alias(root.Content[i+1]), func(key, value *yaml.Node) error {
			if key.Value != "schemas" {
				components.Content = append(components.Content, key, value)
			}
			return nil
		})
		put(components, "schemas", schemas)
		root.Content[i+1] = components
	}
	return root
}

// follow returns the node that a reference points at.
func (l *loader) follow(ref string, at Position) (*yaml.Node, error) {
	switch {
	case ref == "":
		return nil, at.Errorf("must be a reference")
	case !strings.HasPrefix(ref, "#/"):
		return nil, at.Errorf("reference %q leaves the document", ref)
	}
	root := l.root
	if strings.HasPrefix(ref, schemasPointer) {
		if n := Member(l.schemas, Unescape(lastSegment(ref))); n != nil {
			return n, nil
		}
	}
	n := At(root, ref)
	if n == nil {
		return nil, at.Errorf("reference %q has no target", ref)
	}
	return n, nil
}

func parseFile(name string, data []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, Position{File: name, Line: 1, Pointer: "#"}.Errorf("is not an OpenAPI document")
	}
	return doc.Content[0], checkJSON(name, doc.Content[0], "#", nil)
}

func hasPaths(root *yaml.Node) bool {
	paths := Member(root, "paths")
	return paths != nil && len(paths.Content) > 0
}

// relative resolves a reference to a file against the name of the file that holds it.
func relative(from, ref string) (string, error) {
	u, err := url.Parse(ref)
	if err != nil || u.Scheme != "" || u.Host != "" || path.IsAbs(ref) {
		return "", fmt.Errorf("reference %q is neither within the document nor relative to it", ref)
	}
	if base, err := url.Parse(from); err == nil && base.Host != "" {
		return base.ResolveReference(u).String(), nil
	}
	return filepath.ToSlash(filepath.Join(filepath.Dir(filepath.FromSlash(from)), filepath.FromSlash(ref))), nil
}

// Open returns the content of a file of a specification.
type Open func(name string) ([]byte, error)
