package diff

import (
	"maps"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// compareNode compares a path that both documents have.
func (c *comparison) compareNode(root, path string) {
	before, after := c.old[root][path], c.new[root][path]
	base := Change{
		Root: root, Path: path, Before: before, After: after,
		Parent: c.old[root][parent(path)], AfterParent: c.new[root][parent(path)],
	}
	report := func(kind Kind, from, to string) {
		ch := base
		ch.Kind, ch.Old, ch.New = kind, from, to
		c.add(ch)
	}
	c.compareTypes(before, after, report)
	if before.Kinds["object"] && after.Kinds["object"] && path != "" {
		if was, is := c.raw(true, root, path), c.raw(false, root, path); was != is {
			report(pick(was, ShapeAdded, ShapeRemoved), "", "")
		}
	}
	if before.Nullable != after.Nullable {
		report(pick(after.Nullable, NullAdded, NullRemoved), "", "")
	}
	isArm := path != "" && leaf(path)[0] == '<' // Required does not apply to an arm.
	if before.Required != after.Required && !isArm {
		report(pick(after.Required, RequiredAdded, RequiredRemoved), "", "")
	}
	c.compareValues(before, after, base, report)
	for _, b := range slices.Sorted(maps.Keys(union(before.Bounds, after.Bounds))) {
		if from, to := before.Bounds[b], after.Bounds[b]; from != to {
			ch := base
			ch.Kind, ch.Bound = pick(tighter(b, from, to), BoundTightened, BoundLoosened), b
			ch.Old, ch.New = bound(b, from), bound(b, to)
			c.add(ch)
		}
	}
	c.compareNotes(before, after, base, report)
}

// compareTypes compares the JSON types, without null.
func (c *comparison) compareTypes(before, after *wirepaths.Node, report func(Kind, string, string)) {
	from, to := types(before), types(after)
	removed, added := without(from, to), without(to, from)
	if len(removed) == 1 && len(added) == 1 && from["integer"] && to["number"] {
		report(KindWidened, "integer", "number")
		return
	}
	if len(removed) == 1 && len(added) == 1 && from["number"] && to["integer"] {
		report(KindNarrowed, "number", "integer")
		return
	}
	switch {
	case len(removed) == 0 && len(added) == 0:
	case len(removed) == 0 && len(from) > 0:
		report(KindWidened, list(from), list(to))
	case len(added) == 0 && len(to) > 0:
		report(KindNarrowed, list(from), list(to))
	default:
		report(KindChanged, list(from), list(to))
	}
}

// compareValues compares the allowed or known values.
func (c *comparison) compareValues(before, after *wirepaths.Node, base Change, report func(Kind, string, string)) {
	removed, added := without(before.Values, after.Values), without(after.Values, before.Values)
	if constant(before) && constant(after) && len(removed) == 1 && len(added) == 1 {
		report(ConstantChanged, removed[0], added[0])
		return
	}
	if len(removed) > 0 {
		ch := base
		ch.Kind, ch.Old, ch.Values = ValueRemoved, strings.Join(removed, ", "), removed
		c.add(ch)
	}
	if len(added) > 0 {
		ch := base
		ch.Kind, ch.New, ch.Values = ValueAdded, strings.Join(added, ", "), added
		c.add(ch)
	}
	closedBefore, closedAfter := closed(before), closed(after)
	switch {
	case closedBefore == closedAfter:
	case closedAfter && before.Free:
		report(Closed, "", "")
	case closedBefore && after.Free:
		report(Opened, "", "")
	}
}

// compareNotes compares the keywords that are neither types nor bounds.
func (c *comparison) compareNotes(before, after *wirepaths.Node, base Change, report func(Kind, string, string)) {
	for _, key := range slices.Sorted(maps.Keys(union(before.Notes, after.Notes))) {
		from, to := before.Notes[key], after.Notes[key]
		if from == to {
			continue
		}
		switch key {
		case "default":
			report(DefaultChanged, from, to)
		case "deprecated":
			report(pick(to == "true", Deprecated, Undeprecated), "", "")
		case "x-event-aliases":
			if !c.scope.foreign { // Only our documents have the keyword.
				report(AliasesChanged, from, to)
			}
		case "exclusiveMinimum", "exclusiveMaximum", "minProperties", "multipleOf", "uniqueItems":
			ch := base
			ch.Kind, ch.Bound = pick(tighter(key, from, to), BoundTightened, BoundLoosened), key
			ch.Old, ch.New = bound(key, from), bound(key, to)
			c.add(ch)
		case "contentEncoding", "format", "pattern":
			report(FormatChanged, bound(key, from), bound(key, to))
		}
	}
}
