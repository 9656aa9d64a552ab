package specdoc

import (
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Document is a specification, read from all of its files. It is not to be changed.
type Document struct {
	// Root is the merged OpenAPI document. Its nodes keep the lines of their files.
	Root *yaml.Node
	// Files names the files, the one that was asked for first.
	Files []string
	// Protocols holds one direction of a channel each, in the order of the operations;
	// none for an OpenAPI document.
	Protocols []*Protocol
	// REST is the OpenAPI document that describes REST operations, as it was read;
	// nil if there is none.
	REST *File

	files   map[*yaml.Node]string // of nodes that do not come from file
	file    string
	written map[string]string // the pointers in their file, of unions, their arms and payloads
}

// File is one file of a specification.
type File struct {
	Name string
	Data []byte
}

// Open returns the content of a file that a specification is written in.
type Open func(name string) ([]byte, error)

// Parse reads a specification that is written in one file.
func Parse(name string, data []byte) (*Document, error) {
	return Read(name, func(other string) ([]byte, error) {
		if other != name {
			return nil, fmt.Errorf("%s refers to another file, %s", name, other)
		}
		return data, nil
	})
}

// Read reads a specification from the file called name and from those that it
// refers to, by names relative to it. Faults are errors of type [*Error].
func Read(name string, open Open) (*Document, error) {
	data, err := open(name)
	if err != nil {
		return nil, err
	}
	root, err := parseFile(name, data)
	if err != nil {
		return nil, err
	}
	d := &Document{
		Root: root, Files: []string{name}, file: name,
		files: map[*yaml.Node]string{}, written: map[string]string{},
	}
	version := Member(root, "asyncapi")
	if version == nil {
		if hasPaths(root) {
			d.REST = &File{Name: name, Data: data}
		}
		return d, nil
	}
	if !strings.HasPrefix(version.Value, "3.") {
		return nil, Position{File: name, Line: version.Line, Pointer: "#/asyncapi"}.Errorf("asyncapi must be 3.x")
	}
	return d, d.lift(name, root, open)
}

func parseFile(name string, data []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, Position{File: name, Line: 1, Pointer: "#"}.Errorf("is not an OpenAPI document")
	}
	return doc.Content[0], sound(name, doc.Content[0], "#", nil)
}

func hasPaths(root *yaml.Node) bool {
	paths := Member(root, "paths")
	return paths != nil && len(paths.Content) > 0
}

// Position returns where a node of the merged tree was written. Pointer is the one
// that led to it.
func (d *Document) Position(n *yaml.Node, pointer string) Position {
	p := Position{File: d.file, Line: n.Line, Pointer: pointer, Written: d.Written(pointer)}
	if file, ok := d.files[n]; ok {
		p.File = file
	}
	return p
}

// Written returns the pointer in its file for one in the merged tree, or "" where
// they are the same.
func (d *Document) Written(pointer string) string {
	if at := d.written[pointer]; at != "" {
		return at
	}
	name, ok := strings.CutPrefix(pointer, schemasPointer)
	if !ok || len(d.written) == 0 {
		return ""
	}
	name, rest, _ := strings.Cut(name, "/")
	if at := d.written[schemasPointer+name]; at != "" {
		return at + "/" + rest
	}
	return ""
}

// Source names the files for people, such as "asyncapi.yaml and openapi.yaml".
func (d *Document) Source() string {
	names := make([]string, len(d.Files))
	for i, f := range d.Files {
		names[i] = path.Base(filepath.ToSlash(f))
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return names[0]
}

// Marshal writes the merged document as YAML.
func (d *Document) Marshal() ([]byte, error) { return yaml.Marshal(d.Root) }

// claim notes that a node and all that it holds come from a file.
func (d *Document) claim(n *yaml.Node, file string) {
	if _, known := d.files[n]; known || file == d.file {
		return
	}
	d.files[n] = file
	for _, c := range n.Content {
		d.claim(c, file)
	}
}

// relative returns the name of a file that another one refers to.
func relative(from, ref string) (string, error) {
	u, err := url.Parse(ref)
	if err != nil || u.Scheme != "" || u.Host != "" || path.IsAbs(ref) {
		return "", fmt.Errorf("reference %q leaves the document, and is not relative to it", ref)
	}
	if base, err := url.Parse(from); err == nil && base.Host != "" {
		return base.ResolveReference(u).String(), nil
	}
	return filepath.ToSlash(filepath.Join(filepath.Dir(filepath.FromSlash(from)), filepath.FromSlash(ref))), nil
}

// Types lists the types of the messages of a union, as they are on the wire: the
// constant member type of their payloads.
func (d *Document) Types(union string) []string {
	var types []string
	for _, p := range d.Protocols {
		for _, m := range p.Messages {
			if p.Union == union {
				if t := At(d.Root, schemasPointer+Escape(m.Schema)+"/properties/type/const"); t != nil {
					types = append(types, t.Value)
				}
			}
		}
	}
	return types
}
