package model

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// constructor turns an example value with holes ($name) into a function. A hole
// takes its type from where it stands; $dataURI(type, bytes) makes a data URI.
func (b *builder) constructor(on *Struct, spec load.Constructor) (*Constructor, error) {
	if b.taken[spec.Name] {
		return nil, spec.Errorf("the name %s is taken", spec.Name)
	}
	b.taken[spec.Name] = true
	w := &literal{builder: b, spec: spec, params: map[string]string{}}
	if err := w.object(on, spec.Value, 1); err != nil {
		return nil, err
	}
	c := &Constructor{Name: spec.Name, Doc: spec.Description, Struct: on, Lines: w.lines}
	for _, p := range spec.Params {
		typ, ok := w.params[p]
		if !ok {
			return nil, spec.Errorf("parameter %s stands nowhere in the value", p)
		}
		c.Params = append(c.Params, Param{Name: paramName(p), Type: typ})
	}
	return c, nil
}

// literal writes the composite literal of a constructor.
type literal struct {
	builder *builder
	spec    load.Constructor
	lines   []string
	params  map[string]string // wire name to Go type
}

func (w *literal) line(depth int, format string, args ...any) {
	w.lines = append(w.lines, strings.Repeat("\t", depth)+fmt.Sprintf(format, args...))
}

func (w *literal) object(on *Struct, n *yaml.Node, depth int) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		f := on.field(n.Content[i].Value)
		switch {
		case f == nil:
			return w.spec.Errorf("%s has no member %q", on.Name, n.Content[i].Value)
		case f.Const != nil:
			continue // written by the type itself
		}
		if err := w.member(f, n.Content[i+1], depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *literal) member(f *Field, n *yaml.Node, depth int) error {
	if f.Type.Kind == Slice && n.Kind == yaml.SequenceNode && f.Type.Elem.Kind == StructKind {
		w.line(depth, "%s: []%s{{", f.Name, f.Type.Elem.Name)
		for _, e := range n.Content {
			if err := w.object(f.Type.Elem.Struct, e, depth+1); err != nil {
				return err
			}
		}
		w.line(depth, "}},")
		return nil
	}
	if n.Kind != yaml.ScalarNode || f.Nullable {
		return w.spec.Errorf("member %q: only scalars and lists of objects can be written", f.Wire)
	}
	value, err := w.scalar(f, n)
	if err != nil {
		return err
	}
	if f.Pointer() {
		value = "new(" + value + ")"
	}
	w.line(depth, "%s: %s,", f.Name, value)
	return nil
}

func (w *literal) scalar(f *Field, n *yaml.Node) (string, error) {
	if args, ok := strings.CutPrefix(n.Value, "$dataURI("); ok {
		media, data, ok := strings.Cut(strings.TrimSuffix(args, ")"), ", ")
		if !ok {
			return "", w.spec.Errorf("$dataURI takes a media type and bytes")
		}
		w.params[media], w.params[data] = "string", "[]byte"
		return "wire.DataURI(" + paramName(media) + ", " + paramName(data) + ")", nil
	}
	if hole, ok := strings.CutPrefix(n.Value, "$"); ok {
		w.params[hole] = f.Type.Go()
		return paramName(hole), nil
	}
	if named := w.builder.named[f.Type]; named != nil {
		for _, v := range named.Values {
			if v.Wire == n.Value {
				return v.Name, nil
			}
		}
	}
	if f.Type.Kind == String {
		return strconv.Quote(n.Value), nil
	}
	return n.Value, nil
}
