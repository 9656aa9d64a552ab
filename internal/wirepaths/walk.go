package wirepaths

import (
	"fmt"
	"slices"
	"strings"
)

// state is what a schema learns from those around it.
type state struct {
	required, nullable bool
}

// walk adds what the schema allows at path, and below it.
func (w *walker) walk(s object, path string, st state) error {
	if s["$ref"] != nil {
		st.nullable = st.nullable || s.nullable()
		target, refs, err := w.doc.deref(s)
		if err != nil {
			return err
		}
		last := refs[len(refs)-1]
		if slices.Contains(w.open, last) {
			return nil // A schema within itself puts nothing new on the wire.
		}
		w.open = append(w.open, last)
		defer func() { w.open = w.open[:len(w.open)-1] }()
		return w.walk(target, path, st)
	}
	n := w.node(path)
	n.Required = n.Required || st.required
	n.Nullable = n.Nullable || st.nullable || s.nullable()
	switch arms := s.arms(); len(arms) {
	case 0:
	case 1: // T or null: no union on the wire.
		return w.walk(arms[0], path, state{st.required, n.Nullable})
	default:
		return w.union(s, arms, path, st)
	}
	for _, part := range s.objects("allOf") {
		if err := w.walk(part, path, st); err != nil {
			return err
		}
	}
	n.add(s)
	return w.below(n, s, path)
}

// union walks the arms, those with a name below a label of their own.
func (w *walker) union(s object, arms []object, path string, st state) error {
	n := w.node(path)
	for _, v := range s.values() {
		n.Values[fmt.Sprint(v)] = true
	}
	for _, arm := range arms {
		label, err := w.label(arm)
		if err != nil {
			return err
		}
		below := path
		if label != "" {
			n.Kinds["object"] = true
			below = path + "<" + label + ">"
		}
		if err := w.walk(arm, below, state{required: st.required}); err != nil {
			return err
		}
	}
	return nil
}

// below walks the members, the items and the map's values of a schema.
func (w *walker) below(n *Node, s object, path string) error {
	required := s.list("required")
	for name, p := range sorted(s.object("properties")) {
		n.Kinds["object"] = true
		if err := w.walk(p, path+"."+name, state{required: slices.Contains(required, any(name))}); err != nil {
			return err
		}
	}
	if items := s.object("items"); items != nil {
		n.Kinds["array"] = true
		if err := w.walk(items, path+"[]", state{}); err != nil {
			return err
		}
	}
	if values := s.object("additionalProperties"); values != nil {
		n.Kinds["object"] = true
		return w.walk(values, path+"{}", state{})
	}
	return nil
}

// add notes the schema's own kinds, values and bounds.
func (n *Node) add(s object) {
	for _, k := range s.kinds() {
		n.Kinds[k] = true
	}
	for _, v := range s.values() {
		if v == nil { // 3.0 documents list null beside the values.
			n.Nullable = true
			continue
		}
		n.Kinds[kindOf(v)] = true
		n.Values[fmt.Sprint(v)] = true
	}
	for _, b := range bounds {
		if v, ok := s[b]; ok {
			n.Bounds[b] = fmt.Sprint(v)
		}
	}
}

// label names the arm of a union by its constant type and role. An arm without
// them has no label.
func (w *walker) label(arm object) (string, error) {
	arm, _, err := w.doc.deref(arm)
	if err != nil {
		return "", err
	}
	var names []string
	for _, key := range []string{"type", "role"} {
		p := arm.object("properties").object(key)
		if p == nil {
			continue
		}
		if p, _, err = w.doc.deref(p); err != nil {
			return "", err
		}
		if v := p.values(); len(v) == 1 {
			names = append(names, fmt.Sprint(v[0]))
		}
	}
	return strings.Join(names, "/"), nil
}
