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
// to by relative names. For an invalid specification it returns an [*Error]. Faults that
// do not keep it from being read are in the document's Warnings.
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
		files: map[*yaml.Node]string{}, written: map[string]string{}, trees: map[string]string{},
	}
	l := &loader{
		doc: d, name: name, root: root, open: open, unions: mapping(root), schemas: mapping(root),
		local: map[*yaml.Node]bool{}, moved: map[string]string{},
	}
	version := Member(root, "asyncapi")
	switch {
	case version == nil:
		if hasPaths(root) {
			d.REST = &File{Name: name, Data: data}
		}
		return d, l.outside()
	case strings.HasPrefix(version.Value, "2."), strings.HasPrefix(version.Value, "3."):
		return d, l.merge(version.Value[0] == '2')
	}
	return nil, Position{File: name, Line: version.Line, Pointer: "#/asyncapi"}.
		Errorf("asyncapi must be 2.x or 3.x, not %s: convert the document, for example with the AsyncAPI CLI", version.Value)
}

// merge makes the merged document of an AsyncAPI document and the documents that it
// refers to. An AsyncAPI 2 document is rewritten as version 3 first.
func (l *loader) merge(second bool) error {
	if err := l.references(l.root, "#"); err != nil {
		return err
	}
	if second {
		l.upgrade()
	}
	if err := l.components(); err != nil {
		return err
	}
	groups, err := l.operations()
	if err != nil {
		return err
	}
	l.replies(groups)
	l.doc.Root = l.merged()
	return nil
}
