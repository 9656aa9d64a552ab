package specdoc

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const schemasPointer = "#/components/schemas/"

// lift merges an AsyncAPI document with the OpenAPI documents that it refers to.
type lift struct {
	doc    *Document
	name   string
	root   *yaml.Node // of the AsyncAPI document
	others []other

	base int // the one of others whose operations and webhooks count

	unions  *yaml.Node // the components that its operations become
	schemas *yaml.Node // all other components

	local map[*yaml.Node]bool // whose references are local
}

// other is an OpenAPI document that the AsyncAPI document refers to.
type other struct {
	File

	root *yaml.Node
}

func (d *Document) lift(name string, root *yaml.Node, open Open) error {
	l := &lift{doc: d, name: name, root: root, unions: mapping(root), schemas: mapping(root), local: map[*yaml.Node]bool{}}
	if err := l.references(root, "#", open); err != nil {
		return err
	}
	if err := l.components(); err != nil {
		return err
	}
	if err := l.operations(); err != nil {
		return err
	}
	d.Root = l.merged()
	return nil
}

func (l *lift) at(n *yaml.Node, pointer string) Position {
	return Position{File: l.name, Line: n.Line, Pointer: pointer}
}

// references reads the files that the document refers to, and makes the references
// local.
func (l *lift) references(n *yaml.Node, pointer string, open Open) error {
	if l.local[n] {
		return nil
	}
	l.local[n] = true // Aliases lead to a node many times.
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
			return at.Errorf("reference %q: of another file only the components/schemas can be used", value.Value)
		}
		if err := l.include(file, open); err != nil {
			return err
		}
		value.Value = "#" + pointer
		return nil
	})
}

// include reads an OpenAPI document, once.
func (l *lift) include(file string, open Open) error {
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

// components collects the schemas of all files. A node is taken to be from the
// OpenAPI document that has operations, or else from the first one, unless it is
// claimed for another file.
func (l *lift) components() error {
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
					Errorf("another file has a schema %s, too", key.Value)
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

// merged returns the OpenAPI document that says what all files say: the one of the
// OpenAPI documents with operations, with the schemas of all, or a new one.
func (l *lift) merged() *yaml.Node {
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
