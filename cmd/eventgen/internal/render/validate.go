package render

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
)

// validateField prints the checks of a field, or nothing.
func validateField(f *model.Field) string {
	if f.Const != nil {
		return ""
	}
	v, segment := "x."+f.Name, strconv.Quote("."+f.Wire)
	missing := ""
	if f.Required && f.Type.Kind == model.UnionKind {
		missing = fmt.Sprintf("if %s == nil {\nreturn wire.Invalid(%s, \"is required\")\n}\n", v, segment)
	}
	value := v
	switch {
	case f.Nullable:
		value = "v"
	case f.Pointer() && f.Type.Kind != model.StructKind:
		value = "*" + v
	}
	w := checker{wrap: func(err string) string { return "wire.In(" + segment + ", " + err + ")" }}
	w.value(value, f.Type, f.Checks)
	body := w.String()
	if body == "" && missing == "" {
		return ""
	}
	switch {
	case f.Nullable:
		return fmt.Sprintf("if v, ok := %s.Get(); ok {\n%s}", v, body)
	case f.Required:
		return fmt.Sprintf("if !overridden(x.Extra, %s) {\n%s%s}", strconv.Quote(f.Wire), missing, body)
	}
	return fmt.Sprintf("if %s != nil {\n%s}", v, body)
}

// namedChecks prints the checks of a named type's value v.
func namedChecks(n *model.Named) string {
	w := checker{wrap: func(err string) string { return err }}
	t := *n.Type
	t.Name = "" // so that the checks do not call themselves
	v := "v"
	if t.Kind == model.String {
		v = "string(v)"
	}
	w.value(v, &t, n.Type.Checks)
	return w.String()
}

// checker prints statements that return the first error of a value. Wrap puts
// the path to the value around an error.
type checker struct {
	strings.Builder

	wrap  func(err string) string
	depth int
}

func (w *checker) check(call string) {
	fmt.Fprintf(w, "if err := %s; err != nil {\nreturn %s\n}\n", call, w.wrap("err"))
}

// value prints the checks of a value: its own bounds, then what is in it.
func (w *checker) value(v string, t *model.Type, c model.Checks) {
	if t.Name != "" && t.Kind != model.StructKind && t.Kind != model.UnionKind {
		if t.HasChecks() {
			w.check("validate" + t.Name + "(" + v + ")")
		}
		return
	}
	w.bounds(v, t, c)
	switch {
	case t.Kind == model.StructKind && t.Struct.HasChecks:
		w.check(v + ".Validate()")
	case t.Kind == model.UnionKind && t.Union.HasChecks:
		w.check("validate" + t.Name + "(" + v + ")")
	case t.Kind == model.NullableKind:
		inner := checker{depth: w.depth, wrap: w.wrap}
		if inner.value("v", t.Elem, t.Elem.Checks); inner.Len() > 0 {
			fmt.Fprintf(w, "if v, ok := %s.Get(); ok {\n%s}\n", v, inner.String())
		}
	case t.Kind == model.Slice:
		i := index(w.depth)
		w.loop("for "+i+" := range "+v, "wire.At("+i+")", v+"["+i+"]", t.Elem)
	case t.Kind == model.Map:
		k, e := "k"+strconv.Itoa(w.depth), "v"+strconv.Itoa(w.depth)
		w.loop("for "+k+", "+e+" := range "+v, `"."+`+k, e, t.Elem)
	}
}

func (w *checker) loop(head, segment, v string, elem *model.Type) {
	outer := w.wrap
	inner := checker{depth: w.depth + 1, wrap: func(err string) string { return outer("wire.In(" + segment + ", " + err + ")") }}
	inner.value(v, elem, elem.Checks)
	if inner.Len() > 0 {
		fmt.Fprintf(w, "%s {\n%s}\n", head, inner.String())
	}
}

func (w *checker) bounds(v string, t *model.Type, c model.Checks) {
	if c.Min != nil || c.Max != nil {
		lo, hi := "math.Inf(-1)", "math.Inf(1)"
		if c.Min != nil {
			lo = number(*c.Min, c.MinOpen, 1)
		}
		if c.Max != nil {
			hi = number(*c.Max, c.MaxOpen, -1)
		}
		w.check(fmt.Sprintf(`wire.CheckRange("", float64(%s), %s, %s)`, v, lo, hi))
	}
	if c.MinLen != nil || c.MaxLen != nil {
		lo, hi := 0, -1
		if c.MinLen != nil {
			lo = *c.MinLen
		}
		if c.MaxLen != nil {
			hi = *c.MaxLen
		}
		length, unit := size(v, t)
		w.check(fmt.Sprintf(`wire.CheckLength("", %s, %d, %d, %q)`, length, lo, hi, unit))
	}
	if c.KeyMaxLen != nil {
		fmt.Fprintf(w, "for name := range %s {\n", v)
		w.check(fmt.Sprintf(`wire.CheckLength("", utf8.RuneCountInString(name), 0, %d, "characters in a name")`, *c.KeyMaxLen))
		w.WriteString("}\n")
	}
	if c.Pattern != "" && t.Kind == model.String {
		w.check(fmt.Sprintf(`wire.CheckPattern("", %s, %q)`, convert(v, t, "string"), c.Pattern))
	}
}

// size prints what the length bounds of a type count.
func size(v string, t *model.Type) (length, unit string) {
	switch t.Kind {
	case model.String:
		return "utf8.RuneCountInString(" + v + ")", "characters"
	case model.Bytes:
		return "base64.StdEncoding.EncodedLen(len(" + v + "))", "characters of base64"
	case model.Map:
		return "len(" + v + ")", "members"
	default:
		return "len(" + v + ")", "elements"
	}
}

// number prints a bound; an open one is the next number inside it.
func number(f float64, open bool, inward float64) string {
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if open {
		return "math.Nextafter(" + text + ", math.Inf(" + strconv.Itoa(int(math.Copysign(1, inward))) + "))"
	}
	return text
}
