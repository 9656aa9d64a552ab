package diff

import (
	"maps"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// comparePaths compares the paths of a root that both documents have.
func (c *comparison) comparePaths(root string) {
	before, after := c.old[root], c.new[root]
	removed, added := difference(before, after), difference(after, before)
	removed, added = c.becameUnions(root, removed, added)
	renamed := c.renamedArms(root, removed, added)
	for _, path := range removed {
		if after[parent(path)] != nil && renamed[path] == "" {
			c.addPath(root, path, true)
		}
	}
	targets := slices.Collect(maps.Values(renamed))
	for _, path := range added {
		if before[parent(path)] != nil && !slices.Contains(targets, path) {
			c.addPath(root, path, false)
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
			c.compareNode(root, path)
		}
	}
}

// addPath adds a change for a path that one document lacks.
func (c *comparison) addPath(root, path string, removed bool) {
	ch := Change{
		Root: root, Path: path, Before: c.old[root][path], After: c.new[root][path],
		Parent: c.old[root][parent(path)], AfterParent: c.new[root][parent(path)],
	}
	if c.scope.what(root) != "operation" && (c.raw(true, root, parent(path)) || c.raw(false, root, parent(path))) && leaf(path) != "[]" && leaf(path) != "{}" {
		return // The change of the node above covers it.
	}
	kinds := [2]Kind{FieldAdded, FieldRemoved}
	switch last := leaf(path); {
	case last[0] == '<':
		kinds = [2]Kind{ArmAdded, ArmRemoved}
	case last == "[]" || last == "{}":
		kinds = [2]Kind{ShapeAdded, ShapeRemoved}
		if len(ch.Parent.Kinds) == 0 || len(without(ch.Parent.Kinds, ch.AfterParent.Kinds)) > 0 || len(without(ch.AfterParent.Kinds, ch.Parent.Kinds)) > 0 {
			return // The change of the type covers it.
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

// becameUnions adds changes for objects that became unions of objects, or vice versa,
// and returns the remaining paths.
func (c *comparison) becameUnions(root string, removed, added []string) (removedLeft, addedLeft []string) {
	gone, come := partsOf(removed), partsOf(added)
	if len(gone.arms) == 0 && len(come.arms) == 0 {
		return removed, added
	}
	var turned []string
	for _, path := range slices.Sorted(maps.Keys(c.old[root])) {
		before, after := c.old[root][path], c.new[root][path]
		if after == nil {
			continue
		}
		from, to := "object", "union of objects"
		switch {
		case gone.members[path] && come.arms[path]:
		case gone.arms[path] && come.members[path]:
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
	return slices.DeleteFunc(removed, below), slices.DeleteFunc(added, below)
}

// parts has the paths that have members or arms in a list of paths.
type parts struct{ members, arms map[string]bool }

func partsOf(paths []string) parts {
	p := parts{map[string]bool{}, map[string]bool{}}
	for _, path := range paths {
		switch leaf(path)[0] {
		case '<':
			p.arms[parent(path)] = true
		case '.':
			p.members[parent(path)] = true
		}
	}
	return p
}

// renamedArms pairs removed arms of a union with added ones that have the same members.
func (c *comparison) renamedArms(root string, removed, added []string) map[string]string {
	pairs := map[string]string{}
	for _, from := range removed {
		if leaf(from)[0] != '<' {
			continue
		}
		for _, to := range added {
			if leaf(to)[0] == '<' && parent(from) == parent(to) && sameShape(c.old[root], c.new[root], from, to) {
				pairs[from] = to
				break
			}
		}
	}
	return pairs
}

// sameShape reports whether two objects have the same members, and at least one besides
// those that name the object.
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
