package diff

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/internal/wirepaths"
)

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

// types returns the JSON types of a node, with integer for whole numbers.
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

// closed reports whether only the listed values are allowed.
func closed(n *wirepaths.Node) bool { return len(n.Values) > 0 && !n.Free }

// constant reports whether only one value is allowed.
func constant(n *wirepaths.Node) bool { return closed(n) && len(n.Values) == 1 }

// describe returns a short description of the value at a path.
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
	out := map[string]string{}
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// name returns the event's name in a root.
func name(root string) string { return root[strings.LastIndexByte(root, ' ')+1:] }

// difference returns the keys of a that b lacks, in order.
func difference[V any](a, b map[string]V) []string {
	var keys []string
	for _, k := range slices.Sorted(maps.Keys(a)) {
		if _, ok := b[k]; !ok {
			keys = append(keys, k)
		}
	}
	return keys
}

// without returns the members of a that b lacks, in order.
func without(a, b map[string]bool) []string { return difference(a, b) }
