package diff

import (
	"maps"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// comparison collects the changes between two sets of paths.
type comparison struct {
	before, after *Document
	scope         *scope
	old, new      wirepaths.Set
	changes       []Change
	trees         map[treeKey]*tree
}

func (c *comparison) compare() {
	gone, come := difference(c.old, c.new), difference(c.new, c.old)
	renamed := c.renamedRoots(gone, come)
	for _, root := range gone {
		if _, ok := renamed[root]; !ok && !c.below(root, gone) {
			c.root(root, c.old[root], nil)
		}
	}
	for _, root := range come {
		if !slices.Contains(slices.Collect(maps.Values(renamed)), root) && !c.below(root, come) {
			c.root(root, nil, c.new[root])
		}
	}
	for _, root := range slices.Sorted(maps.Keys(c.old)) {
		switch to, ok := renamed[root]; {
		case ok:
			c.add(Change{Kind: ConstantChanged, Root: root, Old: name(root), New: name(to), Before: c.old[root][""], After: c.new[to][""]})
		case c.new[root] != nil:
			c.paths(root)
		}
	}
	c.protocols(renamed)
}

// below reports whether a root is part of an operation that is in the list too.
func (c *comparison) below(root string, roots []string) bool {
	return slices.ContainsFunc(roots, func(r string) bool {
		return r != root && c.scope.what(root) == "body" && strings.HasPrefix(root, r+" ")
	})
}

// root reports an event, a webhook, an operation or a body that one side lacks.
func (c *comparison) root(root string, before, after map[string]*wirepaths.Node) {
	ch := Change{Root: root, Before: before[""], After: after[""]}
	kinds := map[string][2]Kind{
		"event":     {EventAdded, EventRemoved},
		"webhook":   {WebhookAdded, WebhookRemoved},
		"operation": {OperationAdded, OperationRemoved},
		"body":      {BodyAdded, BodyRemoved},
	}[c.scope.what(root)]
	if ch.Kind = kinds[0]; after == nil {
		ch.Kind = kinds[1]
	}
	c.add(ch)
}

// renamedRoots pairs events that went with events that came and have the same
// members: their name was corrected.
func (c *comparison) renamedRoots(gone, come []string) map[string]string {
	pairs := map[string]string{}
	taken := map[string]bool{}
	for _, from := range gone {
		if c.scope.what(from) != "event" {
			continue
		}
		word := strings.TrimSuffix(from, name(from))
		for _, to := range come {
			if strings.HasPrefix(to, word) && c.scope.what(to) == "event" && !taken[to] &&
				sameShape(c.old[from], c.new[to], "", "") {
				pairs[from], taken[to] = to, true
				break
			}
		}
	}
	return pairs
}

// name is the event's name in a root.
func name(root string) string { return root[strings.LastIndexByte(root, ' ')+1:] }

// paths compares what both sides have under one root.
func (c *comparison) paths(root string) {
	before, after := c.old[root], c.new[root]
	gone, come := difference(before, after), difference(after, before)
	gone, come = c.becameUnions(root, gone, come)
	renamed := c.renamedArms(root, gone, come)
	for _, path := range gone {
		if after[parent(path)] != nil && renamed[path] == "" {
			c.path(root, path, true)
		}
	}
	targets := slices.Collect(maps.Values(renamed))
	for _, path := range come {
		if before[parent(path)] != nil && !slices.Contains(targets, path) {
			c.path(root, path, false)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if to := renamed[path]; to != "" {
			c.add(Change{
				Kind: ConstantChanged, Root: root, Path: path, Old: strings.Trim(leaf(path), "<>"), New: strings.Trim(leaf(to), "<>"),
				Before: before[path], After: after[to], Parent: before[parent(path)], AfterParent: after[parent(to)],
			})
		}
		if after[path] != nil {
			c.node(root, path)
		}
	}
}

// path reports a path that one side lacks.
func (c *comparison) path(root, path string, removed bool) {
	ch := Change{
		Root: root, Path: path, Before: c.old[root][path], After: c.new[root][path],
		Parent: c.old[root][parent(path)], AfterParent: c.new[root][parent(path)],
	}
	if c.scope.what(root) != "operation" && (c.raw(true, root, parent(path)) || c.raw(false, root, parent(path))) && leaf(path) != "[]" && leaf(path) != "{}" {
		return // The change of what is above it says it.
	}
	kinds := [2]Kind{FieldAdded, FieldRemoved}
	switch last := leaf(path); {
	case last[0] == '<':
		kinds = [2]Kind{ArmAdded, ArmRemoved}
	case last == "[]" || last == "{}":
		kinds = [2]Kind{ShapeAdded, ShapeRemoved}
		if len(ch.Parent.Kinds) == 0 || len(without(ch.Parent.Kinds, ch.AfterParent.Kinds)) > 0 || len(without(ch.AfterParent.Kinds, ch.Parent.Kinds)) > 0 {
			return // The change of the type says it.
		}
	}
	if removed {
		ch.Kind = kinds[1]
		ch.Old = describe(c.old[root], path)
	} else {
		ch.Kind = kinds[0]
		ch.New = describe(c.new[root], path)
	}
	c.add(ch)
}

// becameUnions reports objects that became unions of objects, or the other way
// round, and returns the paths that are left.
func (c *comparison) becameUnions(root string, gone, come []string) (goneLeft, comeLeft []string) {
	arms := func(paths []string, of string) bool {
		return slices.ContainsFunc(paths, func(p string) bool { return leaf(p)[0] == '<' && parent(p) == of })
	}
	members := func(paths []string, of string) bool {
		return slices.ContainsFunc(paths, func(p string) bool { return leaf(p)[0] == '.' && parent(p) == of })
	}
	isArm := func(path string) bool { return leaf(path)[0] == '<' }
	if !slices.ContainsFunc(gone, isArm) && !slices.ContainsFunc(come, isArm) {
		return gone, come
	}
	var turned []string
	for _, path := range slices.Sorted(maps.Keys(c.old[root])) {
		before, after := c.old[root][path], c.new[root][path]
		if after == nil {
			continue
		}
		from, to := "object", "union of objects"
		switch {
		case members(gone, path) && arms(come, path):
		case arms(gone, path) && members(come, path):
			from, to = to, from
		default:
			continue
		}
		turned = append(turned, path)
		c.add(Change{
			Kind: KindChanged, Root: root, Path: path, Old: from, New: to, Before: before, After: after,
			Parent: c.old[root][parent(path)], AfterParent: c.new[root][parent(path)],
		})
	}
	below := func(path string) bool {
		return slices.ContainsFunc(turned, func(t string) bool { return strings.HasPrefix(path, t) && path != t })
	}
	return slices.DeleteFunc(gone, below), slices.DeleteFunc(come, below)
}

// raw reports whether a path has no object with members or arms.
func (c *comparison) raw(old bool, root, path string) bool {
	n := pick(old, c.old, c.new)[root][path]
	if n == nil || !n.Kinds["object"] {
		return true
	}
	base := c.tree(old, root).object(path)
	return base == "raw" || base == "map"
}

// renamedArms pairs arms of one union that went and came with the same members.
func (c *comparison) renamedArms(root string, gone, come []string) map[string]string {
	pairs := map[string]string{}
	for _, from := range gone {
		if leaf(from)[0] != '<' {
			continue
		}
		for _, to := range come {
			if leaf(to)[0] == '<' && parent(from) == parent(to) && sameShape(c.old[root], c.new[root], from, to) {
				pairs[from] = to
				break
			}
		}
	}
	return pairs
}

// sameShape reports whether two objects have the same members, at least one of
// them beside those that name the object.
func sameShape(a, b map[string]*wirepaths.Node, from, to string) bool {
	members := func(nodes map[string]*wirepaths.Node, at string) map[string]bool {
		paths := map[string]bool{}
		for path := range nodes {
			if rest, ok := strings.CutPrefix(path, at); ok && rest != "" {
				paths[rest] = true
			}
		}
		return paths
	}
	have, want := members(a, from), members(b, to)
	other := 0
	for path := range have {
		if path != ".type" && path != ".role" && path != ".event_id" {
			other++
		}
	}
	return other > 0 && maps.Equal(have, want)
}

// prose counts the places whose text alone changed.
func (c *comparison) prose() int {
	if c.scope.foreign {
		return -1
	}
	places := map[string]bool{}
	for root, nodes := range c.old {
		for path, n := range nodes {
			if m := c.new[root][path]; m != nil && n.Prose != m.Prose {
				at := root + path
				if len(n.Places) > 0 {
					at = n.Places[0].At
				}
				places[at] = true
			}
		}
	}
	return len(places)
}

// add classes a change and keeps it.
func (c *comparison) add(ch Change) {
	c.classify(&ch)
	ch.Subject = ch.Root
	if ch.Path != "" {
		ch.Subject = strings.TrimPrefix(leaf(ch.Path), ".")
	}
	if names := subjects(ch.Path, c.ours(&ch)); len(names) > 0 {
		ch.Subject = names[len(names)-1] // Behind every reference.
	}
	c.changes = append(c.changes, ch)
}

// ours is the node above a change in the document that is ours.
func (c *comparison) ours(ch *Change) *wirepaths.Node {
	return pick(c.scope.inverted, ch.AfterParent, ch.Parent)
}

// difference lists the keys of a that b lacks, in order.
func difference[V any](a, b map[string]V) []string {
	var keys []string
	for _, k := range slices.Sorted(maps.Keys(a)) {
		if _, ok := b[k]; !ok {
			keys = append(keys, k)
		}
	}
	return keys
}

// without lists the members of a that b lacks, in order.
func without(a, b map[string]bool) []string { return difference(a, b) }
