package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
)

// decodeField prints the statements that read a member into its field.
func decodeField(s *model.Struct, f *model.Field) string {
	target := "x." + f.Name
	switch {
	case f.Const != nil:
		return decodeConst(s, f)
	case f.Boxed:
		return fmt.Sprintf("if d.Null() {\n%s = NullOf[%s]()\n} else {\nv := new(%s)\nv.decode(d)\n%s = wire.Val(d, v)\n}",
			target, f.Held(), f.Type.Go(), target)
	case f.Nullable:
		return decodeNullable(target, f.Type)
	case f.Pointer() && f.Type.Kind == model.StructKind:
		return fmt.Sprintf("v := new(%s)\nv.decode(d)\n%s = wire.Fit(d, v)", f.Type.Go(), target)
	case f.Pointer() && f.Type.Kind == model.String && f.Type.Name != "":
		return fmt.Sprintf("%s = (*%s)(d.OptString())", target, f.Type.Name)
	case f.Pointer() && f.Type.Kind == model.String:
		return target + " = d.OptString()"
	case f.Pointer():
		return fmt.Sprintf("%s = wire.Opt(d, %s)", target, read(f.Type))
	case f.Type.Kind == model.StructKind:
		return fmt.Sprintf("if o.Again() {\n%s = %s{}\n}\n%s.decode(d)", target, f.Type.Go(), target)
	case f.Type.Kind == model.UnionKind:
		return fmt.Sprintf("%s = wire.Fit(d, %s)", target, read(f.Type))
	case f.Type.Kind == model.String && f.Type.Name == "" && novel[f.Wire]:
		return target + " = d.NovelString()"
	}
	return target + " = " + read(f.Type)
}

// novel are the members whose text is another each time.
var novel = map[string]bool{"event_id": true, "delta": true}

// decodeNullable prints the statements that read null or a value.
func decodeNullable(target string, t *model.Type) string {
	value := fmt.Sprintf("%s = wire.Val(d, %s)", target, read(t))
	if t.Kind == model.StructKind {
		value = fmt.Sprintf("v := wire.Hold(&%s)\nv.decode(d)\nwire.Release(d, &%s)", target, target)
	}
	return fmt.Sprintf("if d.Null() {\n%s = NullOf[%s]()\n} else {\n%s\n}", target, t.Go(), value)
}

func decodeConst(s *model.Struct, f *model.Field) string {
	switch f.Type.Kind {
	case model.Int:
		return "d.ConstInt(" + f.Const.Text + ")"
	case model.Bool:
		return "d.ConstBool(" + f.Const.Text + ")"
	default: // a string
	}
	if f.IsType {
		names := []string{strconv.Quote(s.EventType)}
		for _, a := range s.Aliases {
			names = append(names, strconv.Quote(a))
		}
		return "d.Type(&x.Extra, " + strings.Join(names, ", ") + ")"
	}
	return "d.Const(" + f.Const.Quoted + ")"
}

// read prints the expression that reads a value that is no struct.
func read(t *model.Type) string {
	var expr string
	switch t.Kind {
	case model.String:
		expr = "d.String()"
	case model.Bool:
		expr = "d.Bool()"
	case model.Int:
		expr = "d.Int()"
	case model.Int64:
		expr = "d.Int64()"
	case model.Float:
		expr = "d.Float64()"
	case model.Bytes:
		expr = "d.Base64(nil)"
	case model.Raw:
		expr = "d.Raw()"
	case model.UnionKind:
		return "decode" + t.Name + "(d)"
	case model.Slice, model.Map:
		expr = "decode" + collection(t) + "(d)"
	default: // a struct or an element that can be null is no expression
	}
	if t.Name != "" {
		expr = t.Name + "(" + expr + ")"
	}
	return expr
}

// elem prints the expression or statements that read an element into v.
func elem(t *model.Type) string {
	switch t.Elem.Kind {
	case model.StructKind:
		return "var v " + t.Elem.Go() + "\nv.decode(d)"
	case model.NullableKind:
		return "var item " + t.Elem.Go() + "\n" + decodeNullable("item", t.Elem.Elem) + "\nv := item"
	default:
		return "v := " + read(t.Elem)
	}
}

// collection names the functions of a slice or map type.
func collection(t *model.Type) string {
	kind := map[model.Kind]string{model.Slice: "Slice", model.Map: "Map", model.NullableKind: "OrNull"}[t.Kind]
	if t.Elem.Name == "" {
		switch t.Elem.Kind {
		case model.Slice, model.Map, model.NullableKind:
			return collection(t.Elem) + kind
		case model.Raw:
			return "Raw" + kind
		case model.Bytes:
			return "Bytes" + kind
		default: // its Go name will do
		}
	}
	name := t.Elem.Go()
	return strings.ToUpper(name[:1]) + name[1:] + kind
}

// collections lists the slice and map types of a package, one for each function
// that reads them.
func collections(pkg *model.Package) []*model.Type {
	var out []*model.Type
	seen := map[string]bool{}
	var visit func(t *model.Type)
	visit = func(t *model.Type) {
		if t.Kind == model.NullableKind {
			visit(t.Elem)
			return
		}
		if t.Kind != model.Slice && t.Kind != model.Map {
			return
		}
		visit(t.Elem)
		if name := collection(t); !seen[name] {
			seen[name] = true
			out = append(out, &model.Type{Kind: t.Kind, Name: name, Elem: t.Elem})
		}
	}
	for _, s := range pkg.Structs {
		for _, f := range s.Fields {
			visit(f.Type)
		}
	}
	for _, n := range pkg.Named {
		visit(n.Type)
	}
	return out
}
