package diff

import (
	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// comparison collects the changes between two sets of wire paths.
type comparison struct {
	before, after *Document
	scope         *scope
	old, new      wirepaths.Set
	changes       []Change
	trees         map[treeKey]*tree
}

// raw reports whether a path has no object with known members or arms.
func (c *comparison) raw(old bool, root, path string) bool {
	n := pick(old, c.old, c.new)[root][path]
	if n == nil || !n.Kinds["object"] {
		return true
	}
	base := c.tree(old, root).object(path)
	return base == "raw" || base == "map"
}

// ours returns the node above a change in our document.
func (c *comparison) ours(ch *Change) *wirepaths.Node {
	return pick(c.scope.inverted, ch.AfterParent, ch.Parent)
}

// tree returns the tree of a root, in the old document or in the new one.
func (c *comparison) tree(old bool, root string) *tree {
	key := treeKey{old, root}
	if c.trees[key] == nil {
		c.trees[key] = newTree(pick(old, c.old, c.new)[root])
	}
	return c.trees[key]
}
