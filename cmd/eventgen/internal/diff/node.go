package diff

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// node compares one path that both sides have.
func (c *comparison) node(root, path string) {
	before, after := c.old[root][path], c.new[root][path]
	base := Change{
		Root: root, Path: path, Before: before, After: after,
		Parent: c.old[root][parent(path)], AfterParent: c.new[root][parent(path)],
	}
	say := func(kind Kind, from, to string) {
		ch := base
		ch.Kind, ch.Old, ch.New = kind, from, to
		c.add(ch)
	}
	c.types(before, after, say)
	if before.Kinds["object"] && after.Kinds["object"] && path != "" {
		if was, is := c.raw(true, root, path), c.raw(false, root, path); was != is {
			say(pick(was, ShapeAdded, ShapeRemoved), "", "")
		}
	}
	if before.Nullable != after.Nullable {
		say(pick(after.Nullable, NullAdded, NullRemoved), "", "")
	}
	isArm := path != "" && leaf(path)[0] == '<' // It has its union's say.
	if before.Required != after.Required && !isArm {
		say(pick(after.Required, RequiredAdded, RequiredRemoved), "", "")
	}
	c.values(before, after, base, say)
	for _, b := range slices.Sorted(maps.Keys(union(before.Bounds, after.Bounds))) {
		if from, to := before.Bounds[b], after.Bounds[b]; from != to {
			ch := base
			ch.Kind, ch.Bound = pick(tighter(b, from, to), BoundTightened, BoundLoosened), b
			ch.Old, ch.New = bound(b, from), bound(b, to)
			c.add(ch)
		}
	}
	c.notes(before, after, base, say)
}

// types compares the JSON types, but for null.
func (c *comparison) types(before, after *wirepaths.Node, say func(Kind, string, string)) {
	from, to := types(before), types(after)
	gone, come := without(from, to), without(to, from)
	if len(gone) == 1 && len(come) == 1 && from["integer"] && to["number"] {
		say(KindWidened, "integer", "number")
		return
	}
	if len(gone) == 1 && len(come) == 1 && from["number"] && to["integer"] {
		say(KindNarrowed, "number", "integer")
		return
	}
	switch {
	case len(gone) == 0 && len(come) == 0:
	case len(gone) == 0 && len(from) > 0:
		say(KindWidened, list(from), list(to))
	case len(come) == 0 && len(to) > 0:
		say(KindNarrowed, list(from), list(to))
	default:
		say(KindChanged, list(from), list(to))
	}
}

// values compares the values that are allowed or known.
func (c *comparison) values(before, after *wirepaths.Node, base Change, say func(Kind, string, string)) {
	gone, come := without(before.Values, after.Values), without(after.Values, before.Values)
	if constant(before) && constant(after) && len(gone) == 1 && len(come) == 1 {
		say(ConstantChanged, gone[0], come[0])
		return
	}
	if len(gone) > 0 {
		ch := base
		ch.Kind, ch.Old, ch.Values = ValueRemoved, strings.Join(gone, ", "), gone
		c.add(ch)
	}
	if len(come) > 0 {
		ch := base
		ch.Kind, ch.New, ch.Values = ValueAdded, strings.Join(come, ", "), come
		c.add(ch)
	}
	closedBefore, closedAfter := closed(before), closed(after)
	switch {
	case closedBefore == closedAfter:
	case closedAfter && before.Free:
		say(Closed, "", "")
	case closedBefore && after.Free:
		say(Opened, "", "")
	}
}

// notes compares the keywords that are neither types nor bounds.
func (c *comparison) notes(before, after *wirepaths.Node, base Change, say func(Kind, string, string)) {
	for _, key := range slices.Sorted(maps.Keys(union(before.Notes, after.Notes))) {
		from, to := before.Notes[key], after.Notes[key]
		if from == to {
			continue
		}
		switch key {
		case "default":
			say(DefaultChanged, from, to)
		case "deprecated":
			say(pick(to == "true", Deprecated, Undeprecated), "", "")
		case "x-event-aliases":
			if !c.scope.foreign { // The keyword is the generator's own.
				say(AliasesChanged, from, to)
			}
		case "exclusiveMinimum", "exclusiveMaximum", "minProperties", "multipleOf", "uniqueItems":
			ch := base
			ch.Kind, ch.Bound = pick(tighter(key, from, to), BoundTightened, BoundLoosened), key
			ch.Old, ch.New = bound(key, from), bound(key, to)
			c.add(ch)
		case "contentEncoding", "format", "pattern":
			say(FormatChanged, bound(key, from), bound(key, to))
		}
	}
}

// tighter reports whether a bound allows less than it did.
func tighter(keyword, from, to string) bool {
	if from == "" || to == "" {
		return from == ""
	}
	a, errA := strconv.ParseFloat(from, 64)
	b, errB := strconv.ParseFloat(to, 64)
	if errA != nil || errB != nil {
		return to == "true"
	}
	if strings.HasPrefix(strings.ToLower(strings.TrimPrefix(keyword, "exclusive")), "min") || keyword == "multipleOf" {
		return b > a
	}
	return b < a
}

func bound(keyword, value string) string {
	if value == "" {
		return ""
	}
	return keyword + " " + value
}

// types are the JSON types of a node, integers told from other numbers.
func types(n *wirepaths.Node) map[string]bool {
	out := map[string]bool{}
	for k := range n.Kinds {
		if k == "number" && !n.Decimal {
			k = "integer"
		}
		out[k] = true
	}
	return out
}

func list(set map[string]bool) string {
	if len(set) == 0 {
		return "anything"
	}
	return strings.Join(slices.Sorted(maps.Keys(set)), " or ")
}

// closed reports whether no other than the listed values may come.
func closed(n *wirepaths.Node) bool { return len(n.Values) > 0 && !n.Free }

// constant reports whether there is one value only.
func constant(n *wirepaths.Node) bool { return closed(n) && len(n.Values) == 1 }

// describe says what stands at a path, in a few words.
func describe(nodes map[string]*wirepaths.Node, path string) string {
	n := nodes[path]
	words := []string{"optional"}
	if n.Required {
		words[0] = "required"
	}
	if last := leaf(path); last[0] != '.' && !strings.HasSuffix(last, ")") {
		words = nil
	}
	if constant(n) {
		return strings.Join(append(words, "constant", slices.Sorted(maps.Keys(n.Values))[0]), " ")
	}
	kind := list(types(n))
	if n.Kinds["array"] && nodes[path+"[]"] != nil {
		kind = strings.Replace(kind, "array", "array of "+list(types(nodes[path+"[]"])), 1)
	}
	words = append(words, kind)
	if n.Nullable {
		words = append(words, "or null")
	}
	text := strings.Join(words, " ")
	if len(n.Values) > 0 {
		text += ": " + strings.Join(slices.Sorted(maps.Keys(n.Values)), ", ")
		if n.Free {
			text += " and others"
		}
	}
	return text
}

func union(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}
