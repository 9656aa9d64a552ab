package diff

import "github.com/voicelane/realtime-go/internal/wirepaths"

// form returns the form of the Go type of a place, without names: T, *T or Nullable[T].
// It is "" for a required constant.
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

// tree has the kind of the value at each path of a root, by the paths below it.
type tree struct {
	base map[string]string // union, struct, map or list.
}

type treeKey struct {
	old  bool
	root string
}

func newTree(nodes map[string]*wirepaths.Node) *tree {
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

// object returns the kind of an object at a path: union, struct, map or raw.
func (t *tree) object(path string) string {
	if base := t.base[path]; base != "" && base != "list" {
		return base
	}
	return "raw"
}
