// Package strict reads YAML, and with it JSON, by hand: what is unknown, doubled or of the
// wrong kind is an error with its line and column.
package strict

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Node is a value of the document.
type Node = yaml.Node

// Parse reads a document, which must be the only one, and returns its value.
func Parse(r io.Reader) (*Node, error) {
	d := yaml.NewDecoder(r)
	var doc Node
	if err := d.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the document is empty")
		}
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := d.Decode(new(Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one document")
	}
	return doc.Content[0], nil
}

// Errorf returns an error at the place of a node.
func Errorf(n *Node, format string, args ...any) error {
	return fmt.Errorf("line %d, column %d: %w", n.Line, n.Column, fmt.Errorf(format, args...))
}

// Fields are the members that a mapping may have, each with its reader.
type Fields map[string]func(*Node) error

// Mapping reads a mapping. what names it in errors. A member of another name, and one that
// comes twice, is an error.
func Mapping(n *Node, what string, fields Fields) error {
	if n.Kind != yaml.MappingNode {
		return Errorf(n, "%s is a mapping, this is %s", what, kind(n))
	}
	seen := map[string]int{}
	for pair := range slices.Chunk(n.Content, 2) {
		key, value := pair[0], pair[1]
		if line, twice := seen[key.Value]; twice {
			return Errorf(key, "%s has %q twice, first in line %d", what, key.Value, line)
		}
		seen[key.Value] = key.Line
		read, ok := fields[key.Value]
		if !ok {
			return Errorf(key, "%s has no %q; it may have: %s", what, key.Value, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
		if err := read(value); err != nil {
			return err
		}
	}
	return nil
}

// Keys returns the names of a mapping's members, in order.
func Keys(n *Node) []string {
	var keys []string
	if n.Kind == yaml.MappingNode {
		for pair := range slices.Chunk(n.Content, 2) {
			keys = append(keys, pair[0].Value)
		}
	}
	return keys
}

// Single reads what is either a name or a mapping with one member: the name, and the value,
// nil if there is none.
func Single(n *Node, what string) (name string, value *Node, err error) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!str":
		return n.Value, nil, nil
	case n.Kind == yaml.MappingNode && len(n.Content) == 2:
		return n.Content[0].Value, n.Content[1], nil
	}
	return "", nil, Errorf(n, "%s is a name, or a name and its value, this is %s", what, kind(n))
}

// List reads a list.
func List(n *Node, what string, read func(*Node) error) error {
	if n.Kind != yaml.SequenceNode {
		return Errorf(n, "%s: a list is expected, this is %s", what, kind(n))
	}
	for _, item := range n.Content {
		if err := read(item); err != nil {
			return err
		}
	}
	return nil
}

// kind names the kind of a node for errors.
func kind(n *Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return fmt.Sprintf("a mapping of %d", len(n.Content)/2)
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.AliasNode:
		return "an alias, which is not supported"
	case Empty(n):
		return "empty"
	}
	return strconv.Quote(n.Value)
}

// Empty reports whether a value is absent or null.
func Empty(n *Node) bool { return n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// Text returns a reader of text that is not empty. Numbers are text as they are written.
func Text(to *string) func(*Node) error {
	return func(n *Node) error {
		if n.Kind != yaml.ScalarNode || Empty(n) || strings.TrimSpace(n.Value) == "" {
			return Errorf(n, "a text is expected, this is %s", kind(n))
		}
		*to = n.Value
		return nil
	}
}

// Duration returns a reader of a duration in Go's notation that is not negative.
func Duration(to *time.Duration) func(*Node) error {
	return func(n *Node) error {
		if n != nil && n.Kind == yaml.ScalarNode {
			if d, err := time.ParseDuration(n.Value); err == nil && d >= 0 {
				*to = d
				return nil
			}
		}
		return Errorf(n, `a duration such as "1.5s" is expected, this is %s`, kind(n))
	}
}

// Count returns a reader of a whole number that is not negative.
func Count(to *int) func(*Node) error {
	return func(n *Node) error {
		if n.Kind == yaml.ScalarNode && n.Tag == "!!int" {
			if i, err := strconv.Atoi(n.Value); err == nil && i >= 0 {
				*to = i
				return nil
			}
		}
		return Errorf(n, "a number such as 3 is expected, this is %s", kind(n))
	}
}

// Share returns a reader of a number between 0 and 1, or of a percentage.
func Share(to *float64) func(*Node) error {
	return func(n *Node) error {
		if n.Kind == yaml.ScalarNode {
			text, percent := strings.CutSuffix(n.Value, "%")
			f, err := strconv.ParseFloat(text, 64)
			if percent {
				f /= 100
			}
			if err == nil && f >= 0 && f <= 1 {
				*to = f
				return nil
			}
		}
		return Errorf(n, "a share such as 0.05 or 5%% is expected, this is %s", kind(n))
	}
}

// JSON returns a value as JSON.
func JSON(n *Node) (json.RawMessage, error) {
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, Errorf(n, "%s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, Errorf(n, "the value has no form in JSON: %w", err)
	}
	return data, nil
}
