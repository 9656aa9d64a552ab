package model

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// constructor makes a function of an example value with parameters ($name). A parameter
// has the type of the member that it is the value of. $dataURI(type, bytes) makes a data
// URI.
func (b *builder) constructor(on *Struct, spec load.Constructor) (*Constructor, error) {
	if err := b.take(spec.Name, &load.Schema{Position: spec.Position}); err != nil {
		return nil, err
	}
	w := &literal{builder: b, spec: spec, params: map[string]string{}}
	if err := w.object(on, spec.Value, 1); err != nil {
		return nil, err
	}
	c := &Constructor{Name: spec.Name, Doc: spec.Description, Struct: on, Lines: w.lines}
	for _, p := range spec.Params {
		typ, ok := w.params[p]
		if !ok {
			return nil, spec.Errorf("parameter %s is not used in the value", p)
		}
		delete(w.params, p)
		c.Params = append(c.Params, Param{Name: paramName(p), Type: typ})
	}
	if rest := slices.Sorted(maps.Keys(w.params)); len(rest) > 0 {
		return nil, spec.Errorf("$%s is not a parameter", rest[0])
	}
	return c, nil
}

// literal writes the composite literal of a constructor.
type literal struct {
	builder *builder
	spec    load.Constructor
	lines   []string
	params  map[string]string // Go types by wire name.
}

func (w *literal) line(depth int, format string, args ...any) {
	w.lines = append(w.lines, strings.Repeat("\t", depth)+fmt.Sprintf(format, args...))
}

func (w *literal) object(on *Struct, n *yaml.Node, depth int) error {
	if n.Kind != yaml.MappingNode {
		return w.spec.Errorf("a value of %s must be an object", on.Name)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f := on.field(n.Content[i].Value)
		switch {
		case f == nil:
			return w.spec.Errorf("%s has no member %q", on.Name, n.Content[i].Value)
		case f.Const != nil && f.Const.Text == n.Content[i+1].Value:
			continue // Encoding writes constants.
		case f.Const != nil:
			return w.spec.Errorf("member %q is always %s", f.Wire, f.Const.Quoted)
		}
		if err := w.member(f, n.Content[i+1], depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *literal) member(f *Field, n *yaml.Node, depth int) error {
	if f.Type.Kind == Slice && n.Kind == yaml.SequenceNode && f.Type.Elem.Kind == StructKind {
		return w.list(f, n, depth)
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

func (w *literal) list(f *Field, n *yaml.Node, depth int) error {
	if len(n.Content) == 0 {
		w.line(depth, "%s: %s{},", f.Name, f.Type.Go())
		return nil
	}
	w.line(depth, "%s: %s{{", f.Name, f.Type.Go())
	for i, e := range n.Content {
		if i > 0 {
			w.line(depth, "}, {")
		}
		if err := w.object(f.Type.Elem.Struct, e, depth+1); err != nil {
			return err
		}
	}
	w.line(depth, "}},")
	return nil
}

func (w *literal) scalar(f *Field, n *yaml.Node) (string, error) {
	if args, ok := strings.CutPrefix(n.Value, "$dataURI("); ok {
		media, data, ok := strings.Cut(strings.TrimSuffix(args, ")"), ", ")
		if !ok || f.Type.Kind != String {
			return "", w.spec.Errorf("$dataURI takes a media type and bytes, and is a string")
		}
		if err := w.param(media, "string"); err != nil {
			return "", err
		}
		return "wire.DataURI(" + paramName(media) + ", " + paramName(data) + ")", w.param(data, "[]byte")
	}
	if hole, ok := strings.CutPrefix(n.Value, "$"); ok {
		return paramName(hole), w.param(hole, f.Type.Go())
	}
	if named := w.builder.named[f.Type]; named != nil {
		for _, v := range named.Values {
			if v.Wire == n.Value {
				return v.Name, nil
			}
		}
	}
	kinds := map[Kind]string{String: "!!str", Bool: "!!bool", Int: "!!int", Int64: "!!int", Float: "!!float"}
	if tag := n.ShortTag(); tag != kinds[f.Type.Kind] && (tag != "!!int" || f.Type.Kind != Float) {
		return "", w.spec.Errorf("%q is not a value of the member %q", n.Value, f.Wire)
	}
	if f.Type.Kind == String {
		return strconv.Quote(n.Value), nil
	}
	text := load.Scalar(n).Text
	if f.Type.Name == "" && (f.Type.Kind == Bool || f.Type.Kind == Int) {
		return text, nil
	}
	return f.Type.Go() + "(" + text + ")", nil
}

// param records the Go type of a parameter.
func (w *literal) param(name, typ string) error {
	if before := w.params[name]; before != "" && before != typ {
		return w.spec.Errorf("parameter %s has the types %s and %s", name, before, typ)
	}
	w.params[name] = typ
	return nil
}
