package specdoc

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// loader merges an AsyncAPI document with the documents that it refers to.
type loader struct {
	doc    *Document
	name   string
	root   *yaml.Node // Of the first document.
	open   Open
	others []other

	base int // Index in others of the document whose operations and webhooks are used.

	unions  *yaml.Node // The components made of the operations.
	schemas *yaml.Node // All other components.

	trees *yaml.Node          // The files whose schemas do not become components.
	local map[*yaml.Node]bool // Nodes whose references have been made local.
	moved map[string]string   // Pointers in an AsyncAPI 2 document, by pointer in its new form.
}

// other is an OpenAPI document that the AsyncAPI document refers to.
type other struct {
	File

	root *yaml.Node
}

// at returns the position of a node of the first document, or of a file that it refers
// to.
func (l *loader) at(n *yaml.Node, pointer string) Position {
	p := Position{File: l.name, Line: n.Line, Pointer: pointer}
	if file, ok := l.doc.files[n]; ok {
		p.File = file
	}
	if strings.HasPrefix(pointer, filesPointer) {
		p.Written = l.doc.Written(pointer)
		return p
	}
	for prefix := pointer; prefix != "" && len(l.moved) > 0; {
		if was := l.moved[prefix]; was != "" {
			p.Written = was + pointer[len(prefix):]
			break
		}
		prefix = prefix[:max(strings.LastIndexByte(prefix, '/'), 0)]
	}
	return p
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
					Errorf("another file also has a schema %s: rename one of them", key.Value)
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
// are added. If there is no OpenAPI document, it makes one. The parts of the AsyncAPI
// document stay in it, since references may lead there.
func (l *loader) merged() *yaml.Node {
	schemas := mapping(l.root)
	schemas.Content = slices.Concat(l.unions.Content, l.schemas.Content)
	root := mapping(l.root)
	if len(l.others) == 0 {
		put(root, "openapi", scalar(l.root, "!!str", "3.1.0"))
		put(root, "components", mapping(l.root))
	} else {
		root.Content = slices.Clone(l.others[l.base].root.Content)
	}
	l.addMissing(root, l.root, "asyncapi")
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
		l.addMissing(components, Member(l.root, "components"), "schemas")
		root.Content[i+1] = components
	}
	if l.trees != nil {
		put(root, "x-files", l.trees)
	}
	return root
}

// addMissing adds the members of from that to lacks, but the one called except.
func (l *loader) addMissing(to, from *yaml.Node, except string) {
	_ = members(from, func(key, value *yaml.Node) error {
		if key.Value != except && Member(to, key.Value) == nil {
			l.doc.claim(value, l.name)
			to.Content = append(to.Content, key, value)
		}
		return nil
	})
}

// follow returns the node that a reference points at.
func (l *loader) follow(ref string, at Position) (*yaml.Node, error) {
	switch {
	case ref == "":
		return nil, at.Errorf("must be a reference")
	case !strings.HasPrefix(ref, "#/"):
		return nil, at.Errorf("reference %q leaves the document", ref)
	}
	root, asWritten := l.root, ref
	if strings.HasPrefix(ref, schemasPointer) {
		if n := Member(l.schemas, Unescape(lastSegment(ref))); n != nil {
			return n, nil
		}
	}
	if rest, ok := strings.CutPrefix(ref, filesPointer); ok && l.trees != nil {
		root, ref = l.trees, "#/"+rest
	}
	n := At(root, ref)
	if n == nil {
		n = l.walk(root, strings.Split(strings.TrimPrefix(ref, "#/"), "/"), maxReferences)
	}
	if n == nil {
		if file, rest, ok := strings.Cut(strings.TrimPrefix(asWritten, filesPointer), "/"); ok && asWritten != ref {
			asWritten = Unescape(file) + "#/" + rest
		}
		return nil, at.Errorf("reference %q has no target", asWritten)
	}
	return n, nil
}

// walk returns the node at a path that leads through references, or whose names have a
// slash that is not escaped, or nil.
func (l *loader) walk(n *yaml.Node, path []string, references int) *yaml.Node {
	if ref := refOf(n); ref != "" && len(path) > 0 && references > 0 {
		target := strings.Split(strings.TrimPrefix(ref, "#/"), "/")
		if rest, ok := strings.CutPrefix(ref, filesPointer); ok && l.trees != nil {
			return l.walk(l.trees, append(strings.Split(rest, "/"), path...), references-1)
		}
		return l.walk(l.root, append(target, path...), references-1)
	}
	if len(path) == 0 || n == nil {
		return n
	}
	for i := range path {
		if c := child(n, Unescape(strings.Join(path[:i+1], "/"))); c != nil {
			return l.walk(c, path[i+1:], references)
		}
	}
	return nil
}

// deref follows references from n, which was found at a pointer.
func (l *loader) deref(n *yaml.Node, pointer string) (target *yaml.Node, at string, err error) {
	for range maxReferences {
		ref := refOf(n)
		if ref == "" {
			return n, pointer, nil
		}
		next, err := l.follow(ref, l.at(n, pointer))
		if err != nil {
			return nil, "", err
		}
		n, pointer = next, ref
	}
	return nil, "", l.at(n, pointer).Errorf("references lead on and on, or in a circle")
}
