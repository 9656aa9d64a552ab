package render

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
)

// validateField returns the checks of a field, or "".
func validateField(f *model.Field) string {
	if f.Const != nil {
		return ""
	}
	segment := strconv.Quote(f.Wire)
	missing := ""
	if f.Required && f.Type.Kind == model.UnionKind {
		missing = fmt.Sprintf("if x.%s == nil {\nreturn wire.Invalid(%s, \"is required\")\n}\n", f.Name, segment)
	}
	v := member(f)
	if f.Nullable {
		v = v.Element()
	}
	w := checker{wrap: func(err string) string { return "wire.In(" + segment + ", " + err + ")" }}
	w.value(v, f.Checks)
	body := missing + w.String()
	switch {
	case body == "":
		return ""
	case f.Nullable:
		return fmt.Sprintf("if v, ok := x.%s.Get(); ok {\n%s}", f.Name, body)
	case f.Required:
		return fmt.Sprintf("if !overridden(x.Extra, %s) {\n%s}", strconv.Quote(f.Wire), body)
	}
	return fmt.Sprintf("if %s {\n%s}", f.IsSet(), body)
}

// namedChecks returns the checks of v, a value of a named type.
func namedChecks(n *model.Named) string {
	w := checker{wrap: func(err string) string { return err }}
	t := *n.Type
	t.Name = "" // Otherwise the checks would call themselves.
	v := newValue("v", &t)
	if t.Kind == model.String {
		v.Expr = "string(v)"
	}
	w.value(v, n.Type.Checks)
	if n.Type.Closed {
		wires := make([]string, len(n.Values))
		for i, known := range n.Values {
			wires[i] = known.Wire
		}
		w.check(`wire.CheckKnown("", string(v), ` + quoted(wires) + ")")
	}
	return w.String()
}

// checker prints statements that return the first error of a value. wrap returns the
// expression that adds the path of the value to an error.
type checker struct {
	strings.Builder

	wrap func(err string) string
}

func (w *checker) check(call string) {
	fmt.Fprintf(w, "if err := %s; err != nil {\nreturn %s\n}\n", call, w.wrap("err"))
}

// value prints the checks of a value: its own bounds, then those of its parts.
func (w *checker) value(v value, c model.Checks) {
	if v.Name != "" && v.Kind != model.StructKind && v.Kind != model.UnionKind {
		if v.HasChecks() {
			w.check("validate" + v.Name + "(" + v.Expr + ")")
		}
		return
	}
	w.bounds(v, c)
	switch {
	case v.Kind == model.StructKind && v.Struct.HasChecks:
		w.check(v.Expr + ".Validate()")
	case v.Kind == model.UnionKind && v.Union.HasChecks:
		w.check("validate" + v.Name + "(" + v.Expr + ")")
	case v.Kind == model.NullableKind:
		w.inside("if v, ok := "+v.Expr+".Get(); ok", "", v.Element())
	case v.Kind == model.Slice:
		w.inside("for "+v.Index()+" := range "+v.Expr, "wire.At("+v.Index()+")", v.Element())
	case v.Kind == model.Map:
		e := v.Element()
		w.inside("for "+v.Key()+", "+e.Expr+" := range "+v.Expr, v.Key(), e)
	}
}

// inside prints the checks of v, a part of a value, in a block that begins with head.
// segment is the expression for the path segment of the part, or "".
func (w *checker) inside(head, segment string, v value) {
	inner := checker{wrap: w.wrap}
	if segment != "" {
		inner.wrap = func(err string) string { return w.wrap("wire.In(" + segment + ", " + err + ")") }
	}
	inner.value(v, v.Checks)
	if inner.Len() > 0 {
		fmt.Fprintf(w, "%s {\n%s}\n", head, inner.String())
	}
}

func (w *checker) bounds(v value, c model.Checks) {
	if c.Min != nil || c.Max != nil {
		lo, hi := "math.Inf(-1)", "math.Inf(1)"
		if c.Min != nil {
			lo = number(*c.Min, c.MinOpen, 1)
		}
		if c.Max != nil {
			hi = number(*c.Max, c.MaxOpen, -1)
		}
		w.check(fmt.Sprintf(`wire.CheckRange("", float64(%s), %s, %s)`, v.Expr, lo, hi))
	}
	if c.MinLen != nil || c.MaxLen != nil {
		lo, hi := 0, -1
		if c.MinLen != nil {
			lo = *c.MinLen
		}
		if c.MaxLen != nil {
			hi = *c.MaxLen
		}
		length, unit := size(v)
		w.check(fmt.Sprintf(`wire.CheckLength("", %s, %d, %d, %q)`, length, lo, hi, unit))
	}
	if c.KeyMaxLen != nil {
		fmt.Fprintf(w, "for name := range %s {\n", v.Expr)
		w.check(fmt.Sprintf(`wire.CheckLength("", utf8.RuneCountInString(name), 0, %d, "characters in a name")`, *c.KeyMaxLen))
		w.WriteString("}\n")
	}
	if c.Pattern != "" && v.Kind == model.String {
		w.check(fmt.Sprintf(`wire.CheckPattern("", %s, %q)`, v.As("string"), c.Pattern))
	}
}

// size returns the expression that the length bounds of a value apply to, and its unit.
func size(v value) (length, unit string) {
	switch v.Kind {
	case model.String:
		return "utf8.RuneCountInString(" + v.Expr + ")", "characters"
	case model.Bytes:
		return "base64.StdEncoding.EncodedLen(len(" + v.Expr + "))", "characters of base64"
	case model.Map:
		return "len(" + v.Expr + ")", "members"
	default:
		return "len(" + v.Expr + ")", "elements"
	}
}

// number returns the expression of a bound. An exclusive one is the next float64 inside.
func number(f float64, open bool, inward float64) string {
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if open {
		return "math.Nextafter(" + text + ", math.Inf(" + strconv.Itoa(int(math.Copysign(1, inward))) + "))"
	}
	return text
}
