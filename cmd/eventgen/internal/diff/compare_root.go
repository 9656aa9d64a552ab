package diff

import (
	"maps"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/wirepaths"
)

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

// below reports whether a root is part of an operation that is also in the list.
func (c *comparison) below(root string, roots []string) bool {
	return slices.ContainsFunc(roots, func(r string) bool {
		return r != root && c.scope.what(root) == "body" && strings.HasPrefix(root, r+" ")
	})
}

// root adds a change for an event, a webhook, an operation or a body that one document
// lacks.
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

// renamedRoots pairs removed events with added ones that have the same members: they
// were renamed.
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
