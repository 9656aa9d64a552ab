package render

import (
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
)

// value is an expression and its type. Templates print code for it.
type value struct {
	*model.Type

	Expr  string
	depth int // The number of loops around it.
}

// newValue returns the value of an expression.
func newValue(expr string, t *model.Type) value { return value{Type: t, Expr: expr} }

// member returns the value of a field that is set.
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

// As returns the expression that converts the value to its unnamed type.
func (v value) As(base string) string {
	if v.Name == "" {
		return v.Expr
	}
	return base + "(" + v.Expr + ")"
}

// Index returns the index variable of a loop over the slice.
func (v value) Index() string {
	if v.depth < 4 {
		return "ijkl"[v.depth : v.depth+1]
	}
	return "i" + strconv.Itoa(v.depth)
}

// Key returns the key variable of a loop over the map.
func (v value) Key() string { return "k" + strconv.Itoa(v.depth) }

// Element returns the current element of a loop over the slice or map, or the value of a
// nullable.
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

// raw returns text as a Go literal, with backquotes if possible.
func raw(text string) string {
	if strconv.CanBackquote(text) {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}

// quoted returns texts as a list of Go literals.
func quoted(texts []string) string {
	out := make([]string, len(texts))
	for i, s := range texts {
		out[i] = strconv.Quote(s)
	}
	return strings.Join(out, ", ")
}
