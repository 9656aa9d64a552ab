package importer

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// text is a YAML document that is edited by lines, so that everything else stays as it
// is, including comments and layout.
type text struct {
	lines []string
	root  *yaml.Node
}

func parse(data []byte) (*text, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("the document is empty")
	}
	return &text{lines: strings.Split(string(data), "\n"), root: doc.Content[0]}, nil
}

// reparse parses the text again after an edit, since line numbers have changed.
func (t *text) reparse() error {
	parsed, err := parse(t.bytes())
	if err == nil {
		t.root = parsed.root
	}
	return err
}

func (t *text) bytes() []byte { return []byte(strings.Join(t.lines, "\n")) }

// entry is a member of a mapping or an element of a list. An element has no key.
type entry struct {
	key, value *yaml.Node
}

// line returns the number of the entry's first line, from zero.
func (e entry) line() int {
	if e.key != nil {
		return e.key.Line - 1
	}
	return e.value.Line - 1
}

// find returns the entry at a JSON pointer.
func (t *text) find(pointer string) (entry, error) {
	e := entry{value: t.root}
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "#/"), "/") {
		part = specdoc.Unescape(part)
		next := child(e.value, part)
		if next.value == nil {
			return entry{}, fmt.Errorf("%s does not exist", pointer)
		}
		e = next
	}
	return e, nil
}

// child returns the member or the element called name of a node.
func child(n *yaml.Node, name string) entry {
	if n == nil {
		return entry{}
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch n.Kind { //nolint:exhaustive // Other nodes have no children.
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return entry{n.Content[i], n.Content[i+1]}
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(name); err == nil && 0 <= i && i < len(n.Content) {
			return entry{value: n.Content[i]}
		}
	}
	return entry{}
}

// keys returns the names of a mapping's members in order.
func keys(n *yaml.Node) []string {
	var names []string
	if n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			names = append(names, n.Content[i].Value)
		}
	}
	return names
}

// values returns the scalars of a list.
func values(n *yaml.Node) []string {
	var list []string
	if n != nil && n.Kind == yaml.SequenceNode {
		for _, e := range n.Content {
			list = append(list, e.Value)
		}
	}
	return list
}

// end returns the number of the line after an entry that begins at a line and a column,
// without blank lines and comments after the entry.
func (t *text) end(line, column int) int {
	last := line
	for i := line + 1; i < len(t.lines); i++ {
		trimmed := strings.TrimLeft(t.lines[i], " ")
		if trimmed == "" {
			continue
		}
		if len(t.lines[i])-len(trimmed) < column {
			break
		}
		last = i
	}
	return last + 1
}

// block reports whether a node is a mapping or a list in block style.
func block(n *yaml.Node) bool {
	return n != nil && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0 &&
		(n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode)
}

func (t *text) insert(at int, lines ...string) { t.lines = slices.Insert(t.lines, at, lines...) }

// placeholder is the name of the only member of a mapping that has none yet.
const placeholder = "x-placeholder"

// addMember inserts a member into a mapping, after the nearest present member before it
// in order, or else before the nearest one after it. order has the members of the
// upstream mapping by their names in ours.
func (t *text) addMember(mapping *yaml.Node, name string, order []string, body []string, spaced bool) error {
	if !block(mapping) || mapping.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d is not in block style", mapping.Line)
	}
	have := keys(mapping)
	if len(have) == 1 && have[0] == placeholder {
		line := mapping.Line - 1
		t.lines = slices.Delete(t.lines, line, line+1)
		for i, l := range body {
			body[i] = indent(l, mapping.Column-1)
		}
		t.insert(line, body...)
		return nil
	}
	if slices.Contains(have, name) {
		return fmt.Errorf("line %d already has a member %s", mapping.Line, name)
	}
	column := mapping.Column - 1
	at, leads := t.lineFor(mapping, name, have, order, column)
	lines := make([]string, 0, len(body)+1)
	for _, l := range body {
		lines = append(lines, indent(l, column))
	}
	switch {
	case spaced && leads:
		lines = append(lines, "")
	case spaced:
		lines = slices.Insert(lines, 0, "")
	}
	t.insert(at, lines...)
	return nil
}

func indent(line string, by int) string {
	if line == "" {
		return ""
	}
	return strings.Repeat(" ", by) + line
}

// lineFor returns the line for a new member, and whether another member follows it.
func (t *text) lineFor(mapping *yaml.Node, name string, have, order []string, column int) (at int, leads bool) {
	if before := predecessor(name, have, order); before != "" {
		return t.end(child(mapping, before).line(), column+1), false
	}
	i := slices.Index(order, name)
	if next := slices.IndexFunc(order[i+1:], func(o string) bool { return slices.Contains(have, o) }); i >= 0 && next >= 0 {
		return child(mapping, order[i+1+next]).line(), true
	}
	if i == 0 {
		return mapping.Content[0].Line - 1, true
	}
	last := mapping.Content[len(mapping.Content)-2]
	return t.end(last.Line-1, column+1), false
}

// predecessor returns the last of have before name in order, or "".
func predecessor(name string, have, order []string) string {
	at := slices.Index(order, name)
	for i := at - 1; i >= 0; i-- {
		if slices.Contains(have, order[i]) {
			return order[i]
		}
	}
	return ""
}

// addElement inserts an element into a list of scalars or references.
func (t *text) addElement(list entry, value string, order []string) error {
	n := list.value
	if n == nil || n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return fmt.Errorf("there is no list to add %s to", value)
	}
	have := elements(n)
	if slices.Contains(have, value) {
		return fmt.Errorf("line %d already has %s", n.Line, value)
	}
	at := slices.Index(have, predecessor(value, have, order)) + 1
	if at == 0 && (len(order) == 0 || order[0] != value) {
		at = len(have)
	}
	if block(n) {
		line := n.Content[min(at, len(have)-1)].Line - 1
		if at == len(have) {
			line++
		}
		element := plain(value)
		if n.Content[0].Style&yaml.FlowStyle != 0 {
			element = braced(element)
		}
		t.insert(line, indent("- "+element, n.Column-1))
		return nil
	}
	have = slices.Insert(have, at, value)
	return t.rewrite(list, have)
}

// removeElement removes an element from a list.
func (t *text) removeElement(list entry, value string) error {
	have := elements(list.value)
	at := slices.Index(have, value)
	if at < 0 || len(have) == 1 {
		return fmt.Errorf("line %d: %s is not in the list, or its only element", list.line()+1, value)
	}
	if block(list.value) {
		line := list.value.Content[at].Line - 1
		t.lines = slices.Delete(t.lines, line, line+1)
		return nil
	}
	return t.rewrite(list, slices.Delete(have, at, at+1))
}

// addBullet adds a line for a value to a description with a bullet for each value.
func (t *text) addBullet(description entry, before, value string) {
	n := description.value
	if n == nil || n.Style&yaml.LiteralStyle == 0 {
		return
	}
	if strings.Contains("\n"+n.Value, "\n- "+value+":") {
		return
	}
	first := description.line() + 1
	end := t.end(description.line(), description.key.Column)
	at, column := -1, 0
	for i := first; i < end; i++ {
		trimmed := strings.TrimLeft(t.lines[i], " ")
		bullet := strings.HasPrefix(trimmed, "- ")
		switch {
		case at < 0 && bullet && (before == "" || strings.HasPrefix(trimmed, "- "+before+":")):
			at, column = i, len(t.lines[i])-len(trimmed)
			if before == "" {
				t.insert(at, indent("- "+value+": "+todoValue, column))
				return
			}
		case at >= 0 && bullet:
			t.insert(i, indent("- "+value+": "+todoValue, column))
			return
		}
	}
	if at >= 0 {
		t.insert(end, indent("- "+value+": "+todoValue, column))
	}
}

// elements returns the elements of a list: scalars, and references by their target.
func elements(n *yaml.Node) []string {
	var list []string
	for _, e := range n.Content {
		if ref := child(e, "$ref").value; ref != nil {
			list = append(list, "$ref: '"+ref.Value+"'")
			continue
		}
		list = append(list, e.Value)
	}
	return list
}

// rewrite replaces a list in one line. A long one becomes a list in block style.
func (t *text) rewrite(list entry, values []string) error {
	line := list.line()
	if list.key == nil || list.value.Line != list.key.Line || !strings.HasSuffix(t.lines[line], "]") {
		return fmt.Errorf("line %d has a list in an unsupported style", line+1)
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = braced(plain(v))
	}
	head := t.lines[line][:list.value.Column-1]
	if one := head + "[" + strings.Join(quoted, ", ") + "]"; len(one) <= lineWidth {
		t.lines[line] = one
		return nil
	}
	t.lines[line] = strings.TrimRight(head, " ")
	for i, v := range quoted {
		quoted[i] = indent("- "+v, list.key.Column+1)
	}
	t.insert(line+1, quoted...)
	return nil
}

const lineWidth = 100

// braced returns a reference in flow style.
func braced(v string) string {
	if strings.HasPrefix(v, "$ref: ") {
		return "{" + v + "}"
	}
	return v
}

// plain returns a string as a YAML scalar, quoted if necessary.
func plain(v string) string {
	if strings.HasPrefix(v, "$ref: ") {
		return v
	}
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(v), &n); err != nil || len(n.Content) != 1 || n.Content[0].Kind != yaml.ScalarNode ||
		n.Content[0].ShortTag() != "!!str" || strings.ContainsAny(v, ",[]{}#") {
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	}
	return v
}
