package specdoc

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Parse reads a specification of one file.
func Parse(name string, data []byte) (*Document, error) {
	return Read(name, func(other string) ([]byte, error) {
		if other != name {
			return nil, fmt.Errorf("%s refers to another file, %s", name, other)
		}
		return data, nil
	})
}

// Read reads a specification from the file called name and from the files that it refers
// to by relative names. For an invalid specification it returns an [*Error].
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
	return d, d.merge(name, root, open)
}

// merge makes d the merged document of an AsyncAPI document and the OpenAPI documents
// that it refers to.
func (d *Document) merge(name string, root *yaml.Node, open Open) error {
	l := &loader{doc: d, name: name, root: root, unions: mapping(root), schemas: mapping(root), local: map[*yaml.Node]bool{}}
	if err := l.references(root, "#", open); err != nil {
		return err
	}
	if err := l.components(); err != nil {
		return err
	}
	groups, err := l.operations()
	if err != nil {
		return err
	}
	if err := l.replies(groups); err != nil {
		return err
	}
	d.Root = l.merged()
	return nil
}
