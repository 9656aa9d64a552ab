package wirepaths

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Format returns a set as text with one path per line, in a fixed order. The fields are
// separated by tabs: root, path, kinds, flags and bounds, values. A dash stands for an
// empty field.
func Format(s Set) []byte {
	var b bytes.Buffer
	for _, root := range slices.Sorted(maps.Keys(s)) {
		for _, path := range slices.Sorted(maps.Keys(s[root])) {
			n := s[root][path]
			fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\n",
				root, dash(path), dash(join(n.Kinds)), dash(n.flags()), dash(join(n.Values)))
		}
	}
	return b.Bytes()
}

// flags formats null, requiredness and bounds.
func (n *Node) flags() string {
	var flags []string
	if n.Required {
		flags = append(flags, "required")
	}
	if n.Nullable {
		flags = append(flags, "null")
	}
	for _, b := range slices.Sorted(maps.Keys(n.Bounds)) {
		flags = append(flags, b+"="+n.Bounds[b])
	}
	return strings.Join(flags, " ")
}

// ParseList parses the output of [Format].
func ParseList(text []byte) (Set, error) {
	s := Set{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for number := 1; lines.Scan(); number++ {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != 5 {
			return nil, fmt.Errorf("wirepaths: line %d has %d fields, not 5", number, len(fields))
		}
		for i := range fields {
			if fields[i] == "-" {
				fields[i] = ""
			}
		}
		n := &Node{Kinds: split(fields[2]), Values: split(fields[4]), Bounds: map[string]string{}}
		for flag := range strings.FieldsSeq(fields[3]) {
			bound, value, isBound := strings.Cut(flag, "=")
			switch {
			case isBound:
				n.Bounds[bound] = value
			case flag == "null":
				n.Nullable = true
			case flag == "required":
				n.Required = true
			default:
				return nil, fmt.Errorf("wirepaths: line %d: unknown flag %q", number, flag)
			}
		}
		if s[fields[0]] == nil {
			s[fields[0]] = map[string]*Node{}
		}
		s[fields[0]][fields[1]] = n
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("wirepaths: %w", err)
	}
	return s, nil
}

// Missing returns a line for each difference that removes or changes something: roots,
// paths, kinds, values and null that before has and after does not, and changed bounds
// and requiredness.
func Missing(before, after Set) []string {
	var lines []string
	for _, root := range slices.Sorted(maps.Keys(before)) {
		have, ok := after[root]
		if !ok {
			lines = append(lines, root+": gone")
			continue
		}
		for _, path := range slices.Sorted(maps.Keys(before[root])) {
			at := strings.TrimSpace(root+" "+path) + ": "
			if have[path] == nil {
				lines = append(lines, at+"gone")
				continue
			}
			for _, what := range before[root][path].missing(have[path]) {
				lines = append(lines, at+what)
			}
		}
	}
	return lines
}

func (n *Node) missing(from *Node) []string {
	var lines []string
	if gone := without(n.Kinds, from.Kinds); gone != "" {
		lines = append(lines, "is no longer "+gone)
	}
	if gone := without(n.Values, from.Values); gone != "" {
		lines = append(lines, "lost the value "+gone)
	}
	if n.Nullable && !from.Nullable {
		lines = append(lines, "may no longer be null")
	}
	if n.Required && !from.Required {
		lines = append(lines, "is no longer required")
	}
	for _, b := range slices.Sorted(maps.Keys(n.Bounds)) {
		if was, is := n.Bounds[b], from.Bounds[b]; was != is {
			lines = append(lines, fmt.Sprintf("%s was %s, is %s", b, was, dash(is)))
		}
	}
	return lines
}

func without(a, b map[string]bool) string {
	gone := map[string]bool{}
	for k := range a {
		if !b[k] {
			gone[k] = true
		}
	}
	return strings.ReplaceAll(join(gone), "|", ", ")
}

func join(set map[string]bool) string {
	return strings.Join(slices.Sorted(maps.Keys(set)), "|")
}

func split(s string) map[string]bool {
	set := map[string]bool{}
	for v := range strings.SplitSeq(s, "|") {
		if v != "" {
			set[v] = true
		}
	}
	return set
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
