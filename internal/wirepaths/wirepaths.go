// Package wirepaths flattens an OpenAPI document to what it puts on the wire.
//
// Two documents may describe the same protocol with other schema names, other
// unions and other references. Their wire paths are the same all the same:
//
//	client session.update  .session<realtime>.audio.input.turn_detection<server_vad>.threshold
//
// The first part is the root: a protocol's direction and an event, an
// operation's body, or a webhook. A label in angle brackets names the arm of a
// union by its constant type (and role, where it has one); [] stands for the
// items of an array, {} for the values of a map.
package wirepaths

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Set holds the paths of a document by root, then by path.
type Set map[string]map[string]*Node

// Node is what the wire may carry at one path.
type Node struct {
	Kinds    map[string]bool // string, number, boolean, array, object
	Values   map[string]bool // the values that are allowed or known
	Bounds   map[string]string
	Nullable bool
	Required bool // in at least one of the schemas that share the path
}

// Union names a component that is a union of events, and the word that goes
// before the event's name in a root.
type Union struct {
	Prefix, Component string
}

// Flatten lists what the document puts on the wire: the events of the unions,
// the webhooks, and the operations under the given paths. Without paths it takes
// them all.
func Flatten(doc *Document, unions []Union, paths ...string) (Set, error) {
	w := &walker{doc: doc, set: Set{}}
	for _, u := range unions {
		if err := w.events(u); err != nil {
			return nil, err
		}
	}
	for name, item := range sorted(doc.root.object("webhooks")) {
		if err := w.bodies("webhook "+name, item.object("post").object("requestBody")); err != nil {
			return nil, err
		}
	}
	for path, item := range sorted(doc.root.object("paths")) {
		if len(paths) > 0 && !slices.Contains(paths, path) {
			continue
		}
		for method, op := range sorted(item) {
			if op["responses"] == nil {
				continue // Not an operation: the path's own parameters and the like.
			}
			if err := w.operation(strings.ToUpper(method)+" "+path, item, op); err != nil {
				return nil, err
			}
		}
	}
	return w.set, nil
}

// sorted ranges over the objects of o in the order of their keys.
func sorted(o object) func(yield func(string, object) bool) {
	return func(yield func(string, object) bool) {
		for _, key := range slices.Sorted(maps.Keys(o)) {
			if m := o.object(key); m != nil && !yield(key, m) {
				return
			}
		}
	}
}

// walker collects the paths of one root at a time.
type walker struct {
	doc   *Document
	set   Set
	paths map[string]*Node // of the current root
	open  []string         // the references that are being walked
}

// root makes the root with this name the current one.
func (w *walker) root(name string) {
	if w.set[name] == nil {
		w.set[name] = map[string]*Node{}
	}
	w.paths = w.set[name]
}

// node returns the node at a path of the current root.
func (w *walker) node(path string) *Node {
	n := w.paths[path]
	if n == nil {
		n = &Node{Kinds: map[string]bool{}, Values: map[string]bool{}, Bounds: map[string]string{}}
		w.paths[path] = n
	}
	return n
}

func (w *walker) events(u Union) error {
	union := w.doc.schema(u.Component)
	if union == nil {
		return fmt.Errorf("wirepaths: no component %s", u.Component)
	}
	for _, arm := range union.arms() {
		label, err := w.label(arm)
		if err != nil {
			return err
		}
		name, _, _ := strings.Cut(label, "/")
		w.root(u.Prefix + " " + name)
		if err := w.walk(arm, "", state{}); err != nil {
			return err
		}
	}
	return nil
}

// operation lists an operation's parameters, its bodies and its answers.
func (w *walker) operation(name string, item, op object) error {
	w.root(name)
	w.node("")
	for _, o := range []object{item, op} {
		for _, p := range o.objects("parameters") {
			param, _, err := w.doc.deref(p)
			if err != nil {
				return err
			}
			path := fmt.Sprintf(".%v(%v)", param["name"], param["in"])
			if err := w.walk(param.object("schema"), path, state{required: param["required"] == true}); err != nil {
				return err
			}
		}
	}
	if err := w.bodies(name+" request", op.object("requestBody")); err != nil {
		return err
	}
	for code, r := range sorted(op.object("responses")) {
		if err := w.bodies(name+" "+code, r); err != nil {
			return err
		}
	}
	return nil
}

// bodies lists the headers and each content of a request or a response.
func (w *walker) bodies(name string, body object) error {
	if body == nil {
		return nil
	}
	body, _, err := w.doc.deref(body)
	if err != nil {
		return err
	}
	w.root(name)
	n := w.node("")
	n.Required = n.Required || body["required"] == true
	for header, h := range sorted(body.object("headers")) {
		if h, _, err = w.doc.deref(h); err != nil {
			return err
		}
		if err := w.walk(h.object("schema"), "."+header+"(header)", state{}); err != nil {
			return err
		}
	}
	for media, content := range sorted(body.object("content")) {
		w.root(name + " " + media)
		if err := w.walk(content.object("schema"), "", state{}); err != nil {
			return err
		}
	}
	return nil
}
