package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
)

// encodeField prints the statements that write a member.
func encodeField(s *model.Struct, f *model.Field) string {
	v := "x." + f.Name
	name := raw("," + load.Quote(f.Wire) + ":")
	required := func(zero, write string) string {
		return fmt.Sprintf("if e.RequiredField(&x.Extra, %d, %s, %s) {\n%s\n}", f.Index, zero, name, write)
	}
	optional := func(present, write string) string {
		return fmt.Sprintf("if %s && e.Field(&x.Extra, %s) {\n%s\n}", present, name, write)
	}
	switch {
	case f.Const != nil:
		return encodeConst(s, f)
	case f.Nullable:
		text := writeNullable(v, f.Type, 0)
		if f.Required {
			return required(zero(f), text)
		}
		return optional("!"+v+".IsZero()", text)
	case f.Required:
		return required(zero(f), write(v, f.Type, 0))
	case f.Pointer() && f.Type.Kind == model.StructKind:
		return optional(v+" != nil", v+".encode(e)")
	case f.Pointer():
		return optional(v+" != nil", write("*"+v, f.Type, 0))
	}
	return optional(v+" != nil", write(v, f.Type, 0))
}

// encodeFlat prints the statements that append a flat struct of which nothing is
// known beside its fields. An Encoder, which is a struct in memory, would take half
// as long again for a short piece of audio.
func encodeFlat(s *model.Struct) string {
	var w strings.Builder
	text := ""
	for i, f := range s.Fields {
		v := "x." + f.Name
		name := "," + load.Quote(f.Wire) + ":"
		if i == 0 {
			name = "{" + name[1:]
		}
		if f.Const != nil {
			text += name + f.Const.Quoted
			continue
		}
		if f.Pointer() {
			fmt.Fprintf(&w, "%sif %s != nil {\ndst = append(dst, %s...)\ndst = wire.AppendString(dst, %s)\n}\n",
				appendText(text), v, raw(name), convert("*"+v, f.Type, "string"))
			text = ""
			continue
		}
		fmt.Fprintf(&w, "%sdst = wire.AppendBase64(dst, %s)\n", appendText(text+name), v)
		text = ""
	}
	return w.String() + "return " + strings.TrimPrefix(strings.TrimSpace(appendText(text+"}")), "dst = ") + ", nil"
}

// appendText prints the statement that appends text, if there is any.
func appendText(text string) string {
	if text == "" {
		return ""
	}
	return "dst = append(dst, " + raw(text) + "...)\n"
}

// encodeConst prints the statement that writes a constant member, and the opening
// brace if it is the first.
func encodeConst(s *model.Struct, f *model.Field) string {
	member := load.Quote(f.Wire) + ":" + f.Const.Quoted
	switch {
	case f == s.Fields[0]:
		return fmt.Sprintf("e.BeginConst(&x.Extra, %s)", raw("{"+member))
	case f.IsType:
		return fmt.Sprintf("e.Type(&x.Extra, %d, %s)", f.Index, raw(","+member))
	}
	return fmt.Sprintf("e.Const(&x.Extra, %d, %s)", f.Index, raw(","+member))
}

// write prints the statements that write the value of an expression.
func write(v string, t *model.Type, depth int) string {
	switch t.Kind {
	case model.String:
		return "e.String(" + convert(v, t, "string") + ")"
	case model.Bool:
		return "e.Bool(" + convert(v, t, "bool") + ")"
	case model.Int:
		return "e.Int(int64(" + v + "))"
	case model.Int64:
		return "e.Int(" + convert(v, t, "int64") + ")"
	case model.Float:
		return "e.Float64(" + convert(v, t, "float64") + ")"
	case model.Bytes:
		return "e.Base64(" + v + ")"
	case model.Raw:
		return "e.Raw(" + v + ")"
	case model.StructKind:
		return v + ".encode(e)"
	case model.UnionKind:
		return "encode" + t.Name + "(e, " + v + ")"
	case model.NullableKind:
		return writeNullable(v, t.Elem, depth)
	case model.Slice:
		i := index(depth)
		return fmt.Sprintf("e.BeginArray()\nfor %s := range %s {\ne.Elem()\n%s\n}\ne.EndArray()",
			i, v, write(v+"["+i+"]", t.Elem, depth+1))
	case model.Map:
		k, m := "k"+strconv.Itoa(depth), "v"+strconv.Itoa(depth)
		return fmt.Sprintf("e.BeginMap()\nfor _, %s := range wire.SortedKeys(%s) {\ne.Key(%s)\n%s := %s[%s]\n%s\n}\ne.EndMap()",
			k, v, k, m, v, k, write(m, t.Elem, depth+1))
	}
	return ""
}

// writeNullable prints the statements that write null or a value.
func writeNullable(v string, t *model.Type, depth int) string {
	return fmt.Sprintf("if v, ok := %s.Get(); ok {\n%s\n} else {\ne.Null()\n}", v, write("v", t, depth))
}

// index names the loop variable of a list.
func index(depth int) string {
	if depth < 4 {
		return "ijkl"[depth : depth+1]
	}
	return "i" + strconv.Itoa(depth)
}

// raw quotes JSON text in the way that reads best.
func raw(text string) string {
	if strconv.CanBackquote(text) {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}

func convert(v string, t *model.Type, base string) string {
	if t.Name == "" {
		return v
	}
	return base + "(" + v + ")"
}

// zero prints the condition that a field is zero.
func zero(f *model.Field) string {
	v := "x." + f.Name
	switch {
	case f.Nullable:
		return v + ".IsZero()"
	case f.Pointer() || f.Type.NilIsAbsent():
		return v + " == nil"
	}
	switch f.Type.Kind {
	case model.String:
		return v + ` == ""`
	case model.Bool:
		return "!" + v
	case model.StructKind:
		return v + ".isZero()"
	default:
		return v + " == 0"
	}
}
