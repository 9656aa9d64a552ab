package render

import (
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
)

// value is an expression and its type: what templates print code for.
type value struct {
	*model.Type

	Expr  string
	depth int // of the loops around it
}

// newValue makes the value of an expression.
func newValue(expr string, t *model.Type) value { return value{Type: t, Expr: expr} }

// member is the value of a field that is set.
func member(f *model.Field) value {
	v := newValue("x."+f.Name, f.Type)
	switch {
	case f.Nullable:
		v.Type = &model.Type{Kind: model.NullableKind, Elem: f.Type}
	case f.Pointer() && f.Type.Kind != model.StructKind:
		v.Expr = "*" + v.Expr
	}
	return v
}

// As converts the value to the type without a name.
func (v value) As(base string) string {
	if v.Name == "" {
		return v.Expr
	}
	return base + "(" + v.Expr + ")"
}

// Index is the variable of a loop over the slice.
func (v value) Index() string {
	if v.depth < 4 {
		return "ijkl"[v.depth : v.depth+1]
	}
	return "i" + strconv.Itoa(v.depth)
}

// Key is the variable of a loop over the map's names.
func (v value) Key() string { return "k" + strconv.Itoa(v.depth) }

// Element is what a loop over the slice or map is at, or what the nullable holds.
func (v value) Element() value {
	switch v.Kind {
	case model.Slice:
		return value{v.Elem, v.Expr + "[" + v.Index() + "]", v.depth + 1}
	case model.Map:
		return value{v.Elem, "v" + strconv.Itoa(v.depth), v.depth + 1}
	default:
		return value{v.Elem, "v", v.depth}
	}
}

// raw quotes text as Go, in the way that reads best for JSON.
func raw(text string) string {
	if strconv.CanBackquote(text) {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}

// quoted lists texts as Go.
func quoted(texts []string) string {
	out := make([]string, len(texts))
	for i, s := range texts {
		out[i] = strconv.Quote(s)
	}
	return strings.Join(out, ", ")
}
