package wirepaths

import (
	"fmt"
	"slices"
)

// state is the context of a schema.
type state struct {
	required, nullable bool
	at                 string       // position of the schema, as a JSON pointer
	whole              *composition // of the allOf that the schema is a part of, or nil
}

// walker collects the paths of one root at a time.
type walker struct {
	doc   *Document
	set   Set
	paths map[string]*Node // of the current root
	open  []string         // the references that are being walked, to stop recursion

	loneArms bool
}

// root selects the current root by name and creates it if necessary.
func (w *walker) root(name string) {
	if w.set[name] == nil {
		w.set[name] = map[string]*Node{}
	}
	w.paths = w.set[name]
}

// node returns the node at a path of the current root. It creates it if necessary.
func (w *walker) node(path string) *Node {
	n := w.paths[path]
	if n == nil {
		n = &Node{Kinds: map[string]bool{}}
		w.paths[path] = n
	}
	return n
}

// walk adds the paths of the schema at path and below it.
func (w *walker) walk(s object, path string, st state) error {
	place := Place{At: st.at, Schema: st.at}
	if s["$ref"] != nil {
		st.nullable = st.nullable || s.nullable()
		target, refs, err := w.doc.deref(s)
		if err != nil {
			return err
		}
		last := refs[len(refs)-1]
		if slices.Contains(w.open, last) {
			return nil // A recursive schema adds no new paths.
		}
		w.open = append(w.open, last)
		defer func() { w.open = w.open[:len(w.open)-1] }()
		w.node(path).note(s)
		s, place.Schema = target, last
	}
	n := w.node(path)
	n.place(place)
	n.Required = n.Required || st.required
	n.Nullable = n.Nullable || st.nullable || s.nullable()
	arms := s.arms()
	isUnion := len(arms) > 1 || w.loneArms && s.object("discriminator") != nil
	switch {
	case len(arms) == 0:
	case !isUnion: // T or null is not a union on the wire.
		n.note(s)
		return w.walk(arms[0].schema, path, state{st.required, n.Nullable, place.Schema + arms[0].at, st.whole})
	default:
		return w.union(s, arms, path, state{required: st.required, at: place.Schema})
	}
	if s["allOf"] != nil && st.whole == nil {
		var err error
		if st.whole, err = w.doc.compose(s, place.Schema); err != nil {
			return err
		}
	}
	for i, part := range s.objects("allOf") {
		inner := st
		inner.at = fmt.Sprintf("%s/allOf/%d", place.Schema, i)
		if err := w.walk(part, path, inner); err != nil {
			return err
		}
	}
	n.add(s, st.whole)
	return w.below(n, s, path, place.Schema, st.whole)
}

// union walks the arms. An arm with a name gets a label in its paths.
func (w *walker) union(s object, arms []arm, path string, st state) error {
	n := w.node(path)
	n.Union = true
	n.note(s)
	for _, v := range s.values() {
		put(&n.Values, fmt.Sprint(v), true)
	}
	for _, a := range arms {
		labels, err := w.labels(s, a)
		if err != nil {
			return err
		}
		inner := state{required: st.required, at: st.at + a.at}
		if labels == nil {
			if err := w.walk(a.schema, path, inner); err != nil {
				return err
			}
		}
		for _, l := range labels {
			n.Kinds["object"] = true
			if err := w.named(a, path+"<"+l.text+">", l, inner); err != nil {
				return err
			}
		}
	}
	return w.below(n, s, path, st.at, nil)
}

// below walks the members, the items and the map values of a schema that is at a JSON
// pointer. whole is the composition that the schema is a part of, or nil.
func (w *walker) below(n *Node, s object, path, at string, whole *composition) error {
	for name, p := range sorted(s.object("properties")) {
		n.Kinds["object"] = true
		st, last := whole.memberState(s, name, at)
		if !last {
			continue
		}
		if err := w.walk(p, path+"."+name, st); err != nil {
			return err
		}
	}
	if items := s.object("items"); items != nil {
		n.Kinds["array"] = true
		if err := w.walk(items, path+"[]", state{at: at + "/items"}); err != nil {
			return err
		}
	}
	if values := s.object("additionalProperties"); values != nil {
		n.Kinds["object"] = true
		return w.walk(values, path+"{}", state{at: at + "/additionalProperties"})
	}
	return nil
}

// memberState returns the state of a member of an object at a JSON pointer, and whether
// to walk it: in an allOf only the last schema of a member counts.
func (c *composition) memberState(s object, name, at string) (state, bool) {
	st := state{required: slices.Contains(s.list("required"), any(name)), at: at + "/properties/" + escape(name)}
	if c == nil {
		return st, true
	}
	st.required = c.required[name]
	return st, c.members[name].at == st.at
}

// named walks an arm under one of its names.
func (w *walker) named(a arm, path string, l label, st state) error {
	if err := w.walk(a.schema, path, st); err != nil {
		return err
	}
	if n := w.paths[path+"."+l.key]; n != nil && l.key != "" {
		n.Values = map[string]bool{l.value: true}
	}
	return nil
}
