package specdoc

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Alias returns the node that a YAML alias refers to. It returns any other node itself.
func Alias(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// Member returns the value of a mapping's member, or nil.
func Member(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return Alias(n.Content[i+1])
		}
	}
	return nil
}

// At returns the node that a JSON pointer such as #/components/schemas/Item leads
// to, or nil.
func At(root *yaml.Node, pointer string) *yaml.Node {
	n := root
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "#/"), "/") {
		if n = child(n, Unescape(part)); n == nil {
			return nil
		}
	}
	return n
}

// child returns the value that one segment of a JSON pointer leads to, or nil.
func child(n *yaml.Node, segment string) *yaml.Node {
	if n.Kind != yaml.SequenceNode {
		return Member(n, segment)
	}
	i, err := strconv.Atoi(segment)
	if err != nil || i < 0 || i >= len(n.Content) {
		return nil
	}
	return Alias(n.Content[i])
}

// members calls visit for each member of a mapping, until it returns an error.
func members(n *yaml.Node, visit func(key, value *yaml.Node) error) error {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if err := visit(n.Content[i], Alias(n.Content[i+1])); err != nil {
			return err
		}
	}
	return nil
}

func mapping(at *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: at.Line, Column: at.Column}
}

func scalar(at *yaml.Node, tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value, Line: at.Line, Column: at.Column}
}

func put(n *yaml.Node, key string, value *yaml.Node) {
	n.Content = append(n.Content, scalar(value, "!!str", key), value)
}

// checkJSON returns an error for YAML that has no JSON form: a mapping with two members
// of one name or a name that is not a scalar, and a value that contains itself.
func checkJSON(file string, n *yaml.Node, pointer string, open []*yaml.Node) error {
	at := Position{File: file, Line: n.Line, Pointer: pointer}
	switch n.Kind {
	case yaml.AliasNode:
		if slices.Contains(open, n.Alias) {
			return at.Errorf("the alias *%s is inside the value that it refers to", n.Value)
		}
	case yaml.SequenceNode:
		for i, e := range n.Content {
			if err := checkJSON(file, e, pointer+"/"+strconv.Itoa(i), append(open, n)); err != nil {
				return err
			}
		}
	case yaml.MappingNode:
		seen := map[string]bool{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || seen[key.Value] {
				return Position{File: file, Line: key.Line, Pointer: pointer}.
					Errorf("the name %q is not a string or occurs twice", key.Value)
			}
			seen[key.Value] = true
			if err := checkJSON(file, n.Content[i+1], pointer+"/"+Escape(key.Value), append(open, n)); err != nil {
				return err
			}
		}
	default: // A scalar.
	}
	return nil
}

// maxAliased is the number of values that the aliases of a document may add.
const maxAliased = 1 << 20

// checkSize returns an error for a document whose aliases repeat too many values. A few
// lines of aliases of aliases would otherwise be billions of schemas.
func checkSize(file string, root *yaml.Node) error {
	sizes, written := map[*yaml.Node]int{}, 0
	var size func(n *yaml.Node) int
	size = func(n *yaml.Node) int {
		if n.Kind == yaml.AliasNode {
			if known, ok := sizes[n.Alias]; ok {
				return known
			}
			return size(n.Alias)
		}
		total := 1
		written++
		for _, c := range n.Content {
			total = min(total+size(c), 64*maxAliased)
		}
		if n.Anchor != "" {
			sizes[n] = total
		}
		return total
	}
	if total := size(root); total-written > maxAliased {
		return Position{File: file, Line: root.Line, Pointer: "#"}.
			Errorf("the aliases repeat more than %d values: use references ($ref) instead", maxAliased)
	}
	return nil
}

// without returns the content of a mapping but for one member.
func without(content []*yaml.Node, name string) []*yaml.Node {
	var out []*yaml.Node
	for i := 0; i+1 < len(content); i += 2 {
		if content[i].Value != name {
			out = append(out, content[i], content[i+1])
		}
	}
	return out
}

// refOf returns the $ref of a mapping, or "".
func refOf(n *yaml.Node) string {
	if ref := Member(n, "$ref"); ref != nil {
		return ref.Value
	}
	return ""
}

func lastSegment(pointer string) string {
	return Unescape(pointer[strings.LastIndexByte(pointer, '/')+1:])
}
