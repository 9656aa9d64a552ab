package diff

import (
	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// classify says whose code a change breaks, and how. Two things count: whether
// what is on the wire still fits what a program does, and whether the program
// still compiles after the Go package was generated anew.
func (c *comparison) classify(ch *Change) {
	goes := c.scope.goes(ch.Root)
	if goes != received {
		if why := c.breaksSender(ch); why != "" {
			ch.Breaks.Senders, ch.Why = true, why
		}
	}
	if goes != sent {
		if why := c.breaksReceiver(ch); why != "" {
			ch.Breaks.Receivers = true
			if ch.Why == "" {
				ch.Why = why
			}
		}
	}
}

const goTypeChanges = "the Go type changes"

func (c *comparison) breaksSender(ch *Change) string {
	switch ch.Kind {
	case EventRemoved, OperationRemoved, BodyRemoved, ArmRemoved, FieldRemoved, ValueRemoved:
		return "what is sent today is no longer taken"
	case Closed:
		return "other values than the listed ones are refused"
	case NullRemoved:
		return "a null that is sent today is refused"
	case KindNarrowed, KindChanged:
		return "a value of the old type is refused"
	case BoundTightened:
		return "values outside the new bound are refused"
	case ConstantChanged:
		return "the old name is refused"
	case RequiredAdded:
		return "a message without it is refused"
	case FieldAdded:
		if ch.After.Required {
			return "a message without it is refused"
		}
		return ""
	case ReplyAdded, ReplyRemoved, RepliesReordered, SubjectChanged:
		return breaksExchange(ch)
	default:
		return c.goChange(ch)
	}
}

func (c *comparison) breaksReceiver(ch *Change) string {
	switch ch.Kind {
	case EventRemoved, WebhookRemoved, OperationRemoved, BodyRemoved, ArmRemoved, FieldRemoved:
		return "what is read today no longer comes"
	case ValueRemoved:
		return "the constant is gone"
	case RequiredRemoved:
		return "it may be absent"
	case NullAdded:
		return "null may come"
	case KindWidened, KindChanged:
		return "a value of another type may come"
	case ConstantChanged:
		return "the old name no longer comes"
	case ReplyAdded, ReplyRemoved, RepliesReordered, SubjectChanged:
		return breaksExchange(ch)
	default:
		return c.goChange(ch)
	}
}

// goChange says that the Go type of the place changes, if the change is of a kind
// that does so.
func (c *comparison) goChange(ch *Change) string {
	switch ch.Kind {
	case RequiredAdded, RequiredRemoved, NullAdded, NullRemoved, KindWidened, KindNarrowed, KindChanged, FormatChanged:
	case ShapeAdded, ShapeRemoved: // Raw JSON became a list or a map, or the other way round.
		return goTypeChanges
	default:
		return ""
	}
	before := form(c.tree(true, ch.Root), ch.Path, ch.Before)
	after := form(c.tree(false, ch.Root), ch.Path, ch.After)
	if before == after || before == "" { // A constant has no field: one that gets it breaks nobody.
		return ""
	}
	return goTypeChanges
}

// form is the shape that the generator gives to a place, the names aside: T, *T or
// Nullable[T]. A required constant has none.
func form(nodes *tree, path string, n *wirepaths.Node) string {
	base := goBase(nodes, path, n)
	switch {
	case n.Required && constant(n) && !n.Nullable:
		return ""
	case base == "union":
		return base
	case n.Nullable:
		return "Nullable[" + base + "]"
	case n.Required || base == "list" || base == "raw" || base == "map" || base == "bytes":
		return base
	}
	return "*" + base
}

func goBase(nodes *tree, path string, n *wirepaths.Node) string {
	kinds := types(n)
	if len(kinds) > 1 {
		return "union"
	}
	switch {
	case kinds["array"]:
		return pick(nodes.base[path] == "list", "list", "raw")
	case kinds["object"]:
		return nodes.object(path)
	case kinds["string"] && (n.Notes["contentEncoding"] == `"base64"` || n.Notes["format"] == `"byte"`):
		return "bytes"
	case kinds["integer"] && (n.Notes["format"] == `"int64"` || n.Notes["format"] == `"unixtime"`):
		return "int64"
	case len(kinds) == 0:
		return "raw"
	}
	return list(kinds)
}

// tree knows what is below each path of a root.
type tree struct {
	base map[string]string // union, struct, map or list
}

// tree returns the tree of a root, in the old document or in the new one.
func (c *comparison) tree(old bool, root string) *tree {
	key := treeKey{old, root}
	if c.trees[key] == nil {
		c.trees[key] = plant(pick(old, c.old, c.new)[root])
	}
	return c.trees[key]
}

type treeKey struct {
	old  bool
	root string
}

func plant(nodes map[string]*wirepaths.Node) *tree {
	t := &tree{base: map[string]string{}}
	for path := range nodes {
		if path == "" {
			continue
		}
		above, last := parent(path), leaf(path)
		switch have := t.base[above]; {
		case last[0] == '<':
			t.base[above] = "union"
		case last[0] == '.' && have != "union":
			t.base[above] = "struct"
		case last == "{}" && have == "":
			t.base[above] = "map"
		case last == "[]" && have == "":
			t.base[above] = "list"
		}
	}
	return t
}

// object is what stands for an object at a path.
func (t *tree) object(path string) string {
	if base := t.base[path]; base != "" && base != "list" {
		return base
	}
	return "raw"
}
