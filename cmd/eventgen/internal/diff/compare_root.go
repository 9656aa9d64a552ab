package diff

import (
	"maps"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/wirepaths"
)

func (c *comparison) compareRoots() {
	removed, added := difference(c.old, c.new), difference(c.new, c.old)
	renamed := c.renamedRoots(removed, added)
	for _, root := range removed {
		if _, ok := renamed[root]; !ok && !c.below(root, removed) {
			c.addRoot(root, c.old[root], nil)
		}
	}
	for _, root := range added {
		if !slices.Contains(slices.Collect(maps.Values(renamed)), root) && !c.below(root, added) {
			c.addRoot(root, nil, c.new[root])
		}
	}
	for _, root := range slices.Sorted(maps.Keys(c.old)) {
		switch to, ok := renamed[root]; {
		case ok:
			c.add(Change{Kind: ConstantChanged, Root: root, Old: name(root), New: name(to), Before: c.old[root][""], After: c.new[to][""]})
		case c.new[root] != nil:
			c.comparePaths(root)
		}
	}
	c.compareProtocols(renamed)
}

// below reports whether a root is part of an operation that is also in the list.
func (c *comparison) below(root string, roots []string) bool {
	return slices.ContainsFunc(roots, func(r string) bool {
		return r != root && c.scope.what(root) == "body" && strings.HasPrefix(root, r+" ")
	})
}

// addRoot adds a change for an event, a webhook, an operation or a body that one document
// lacks.
func (c *comparison) addRoot(root string, before, after map[string]*wirepaths.Node) {
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

// renamedRoots pairs removed events with added ones that have the same members: they
// were renamed.
func (c *comparison) renamedRoots(removed, added []string) map[string]string {
	pairs := map[string]string{}
	taken := map[string]bool{}
	for _, from := range removed {
		if c.scope.what(from) != "event" {
			continue
		}
		word := strings.TrimSuffix(from, name(from))
		for _, to := range added {
			if strings.HasPrefix(to, word) && c.scope.what(to) == "event" && !taken[to] &&
				sameShape(c.old[from], c.new[to], "", "") {
				pairs[from], taken[to] = to, true
				break
			}
		}
	}
	return pairs
}

// prose returns the number of places of which only the prose changed, or -1 for foreign
// documents.
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
