package specdoc

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Open returns the content of a file of a specification.
type Open func(name string) ([]byte, error)

// outside reads the files that the schemas of an OpenAPI document refer to.
func (l *loader) outside() error {
	if err := l.references(Member(l.root, "components"), "#/components"); err != nil {
		return err
	}
	if l.trees != nil {
		put(l.doc.Root, "x-files", l.trees)
	}
	return nil
}

// references reads the files that the first document refers to and makes the references
// local.
func (l *loader) references(n *yaml.Node, pointer string) error {
	return l.localize(n, origin{file: l.name}, pointer)
}

// origin is the file that a node comes from. prefix is where the file is in the tree, ""
// for the first file.
type origin struct{ file, prefix string }

// localize makes the references below a node local to the tree.
func (l *loader) localize(n *yaml.Node, from origin, pointer string) error {
	if n == nil || l.local[n] {
		return nil
	}
	l.local[n] = true // Several aliases can lead to one node.
	if n.Kind != yaml.MappingNode {
		for i, c := range n.Content {
			if err := l.localize(Alias(c), from, pointer+"/"+strconv.Itoa(i)); err != nil {
				return err
			}
		}
		return nil
	}
	return members(n, func(key, value *yaml.Node) error {
		here := pointer + "/" + Escape(key.Value)
		switch {
		case slices.Contains([]string{"example", "examples", "default", "servers", "bindings"}, key.Value) && !strings.HasSuffix(pointer, "/properties"):
			return nil // Values, and what the generated code does not need.
		case key.Value != "$ref" || value.Kind != yaml.ScalarNode:
			return l.localize(value, from, here)
		case strings.HasPrefix(value.Value, "#"):
			if from.prefix != "" {
				value.Value = from.prefix + strings.TrimPrefix(value.Value, "#")
			}
			return nil
		}
		return l.reference(n, value, from, here)
	})
}

// reference makes one reference to another file local. n is the mapping that holds it.
func (l *loader) reference(n, value *yaml.Node, from origin, pointer string) error {
	at := l.at(value, pointer)
	at.File = from.file
	file, target, _ := strings.Cut(value.Value, "#")
	name, err := relative(from.file, file)
	if err != nil {
		l.doc.Warn(at, "%s", remote(value.Value))
		n.Content = slices.Clone(without(n.Content, "$ref"))
		return nil //nolint:nilerr // A warning.
	}
	if name == l.name {
		value.Value = "#" + target
		return nil
	}
	if from.prefix == "" && l.doc.trees[name] == "" && strings.HasPrefix("#"+target, schemasPointer) && Member(l.root, "asyncapi") != nil {
		whole, err := l.include(name)
		if err != nil {
			return unread(at, err)
		}
		if whole {
			value.Value = "#" + target
			return nil
		}
	}
	prefix, err := l.tree(name)
	if err != nil {
		return unread(at, err)
	}
	value.Value = prefix + target
	return nil
}

// unread adds the position of the reference to an error of a file that cannot be opened.
// Errors in its content have positions.
func unread(at Position, err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s:%d: %s: the reference leads to a file that cannot be read: %w", at.File, at.Line, at.Pointer, err)
	}
	return err
}

// include reads an OpenAPI document, unless it has been read. Its schemas become
// components. whole is false for any other document.
func (l *loader) include(file string) (whole bool, err error) {
	if slices.ContainsFunc(l.others, func(o other) bool { return o.Name == file }) {
		return true, nil
	}
	data, root, err := l.parse(file)
	if err != nil {
		return false, err
	}
	if Member(root, "openapi") == nil {
		return false, nil
	}
	if Member(Member(root, "components"), "schemas") == nil {
		return false, Position{File: file, Line: root.Line, Pointer: "#"}.Errorf("the document has no components/schemas")
	}
	l.others = append(l.others, other{File{Name: file, Data: data}, root})
	l.doc.Files = append(l.doc.Files, file)
	return true, nil
}

// tree puts another file into the tree as a whole and returns the pointer to it.
func (l *loader) tree(file string) (prefix string, err error) {
	if prefix := l.doc.trees[file]; prefix != "" {
		return prefix, nil
	}
	_, root, err := l.parse(file)
	if err != nil {
		return "", err
	}
	if l.trees == nil {
		l.trees = mapping(l.root)
	}
	prefix = filesPointer + Escape(file)
	l.doc.trees[file] = prefix
	if !slices.Contains(l.doc.Files, file) {
		l.doc.Files = append(l.doc.Files, file)
	}
	l.doc.claim(root, file)
	put(l.trees, file, root)
	return prefix, l.localize(root, origin{file, prefix}, prefix)
}

func (l *loader) parse(file string) ([]byte, *yaml.Node, error) {
	data, err := l.open(file)
	if err != nil {
		return nil, nil, err
	}
	root, err := parseFile(file, data)
	return data, root, err
}

func parseFile(name string, data []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, Position{File: name, Line: 1, Pointer: "#"}.
			Errorf("is not an OpenAPI or AsyncAPI document, which is a mapping with the member openapi or asyncapi")
	}
	if err := checkJSON(name, doc.Content[0], "#", nil); err != nil {
		return nil, err
	}
	return doc.Content[0], checkSize(name, doc.Content[0])
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
