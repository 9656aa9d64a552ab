package wirepaths

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Document is a parsed OpenAPI document, 3.0 or 3.1.
type Document struct {
	root object
}

// Parse reads a document from YAML or JSON.
func Parse(data []byte) (*Document, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("wirepaths: %w", err)
	}
	return Decode(&root)
}

// Decode returns the document with the given root node.
func Decode(root *yaml.Node) (*Document, error) {
	var v any
	if err := root.Decode(&v); err != nil {
		return nil, fmt.Errorf("wirepaths: %w", err)
	}
	o := asObject(v)
	if o.object("components").object("schemas") == nil {
		return nil, errors.New("wirepaths: no components.schemas in the document")
	}
	return &Document{root: o}, nil
}

// Components lists the names of the component schemas.
func (d *Document) Components() []string {
	return slices.Sorted(maps.Keys(d.root.object("components").object("schemas")))
}

// Component returns a component schema by name, or nil. The caller must not change it.
func (d *Document) Component(name string) map[string]any { return d.schema(name) }

// At returns the mapping at a JSON pointer such as #/components/schemas/Item and
// whether it exists. The caller must not change it.
func (d *Document) At(pointer string) (map[string]any, bool) {
	o, err := d.resolve(pointer)
	return o, err == nil
}

// schema returns a component schema by name, or nil.
func (d *Document) schema(name string) object {
	return d.root.object("components").object("schemas").object(name)
}

// deref follows $ref until it reaches an object without one. It also returns the
// references that it followed.
func (d *Document) deref(o object) (object, []string, error) {
	var refs []string
	for {
		ref, ok := o["$ref"].(string)
		if !ok {
			return o, refs, nil
		}
		if len(refs) > 16 {
			return nil, nil, fmt.Errorf("wirepaths: %s is part of a reference cycle", ref)
		}
		target, err := d.resolve(ref)
		if err != nil {
			return nil, nil, err
		}
		o, refs = target, append(refs, ref)
	}
}

// resolve returns the object that a local reference points to.
func (d *Document) resolve(ref string) (object, error) {
	pointer, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil, fmt.Errorf("wirepaths: %s is not a reference into the document", ref)
	}
	o := d.root
	parts := strings.Split(pointer, "/")
	for i := 0; i < len(parts); i++ {
		part := parts[i]
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		next := o.object(part)
		if next == nil && i+1 < len(parts) { // An element of a list.
			i++
			next = o.element(part, parts[i])
		}
		if o = next; o == nil {
			return nil, fmt.Errorf("wirepaths: %s points to nothing", ref)
		}
	}
	return o, nil
}

// object is a mapping of the document. All its methods may be called on nil.
type object map[string]any

// asObject returns v as an object, or nil if it is not a mapping.
func asObject(v any) object {
	switch m := v.(type) {
	case map[string]any:
		return m
	case map[any]any: // A mapping with keys that are not strings, such as an unquoted 200.
		o := make(object, len(m))
		for k, v := range m {
			o[fmt.Sprint(k)] = v
		}
		return o
	}
	return nil
}

func (o object) object(key string) object { return asObject(o[key]) }

// element returns an object in a list by its index in decimal, or nil.
func (o object) element(key, index string) object {
	i, err := strconv.Atoi(index)
	if l := o.list(key); err == nil && 0 <= i && i < len(l) {
		return asObject(l[i])
	}
	return nil
}

func (o object) list(key string) []any {
	l, _ := o[key].([]any)
	return l
}

func (o object) objects(key string) []object {
	var objects []object
	for _, v := range o.list(key) {
		if m := asObject(v); m != nil {
			objects = append(objects, m)
		}
	}
	return objects
}

// sorted yields the objects in o in the order of their keys.
func sorted(o object) func(yield func(string, object) bool) {
	return func(yield func(string, object) bool) {
		for _, key := range slices.Sorted(maps.Keys(o)) {
			if m := o.object(key); m != nil && !yield(key, m) {
				return
			}
		}
	}
}

var escaper = strings.NewReplacer("~", "~0", "/", "~1")

func escape(s string) string { return escaper.Replace(s) }
