package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// payloads returns the example payloads of a document, each once: those of messages,
// media types and schemas that are objects, and the lines of payload files beside it.
func payloads(doc string) ([][]byte, error) {
	data, err := os.ReadFile(doc) //nolint:gosec // The caller chooses the folder.
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, err
	}
	var list []json.RawMessage
	collect(&root, &list)
	beside, err := filepath.Glob(filepath.Join(filepath.Dir(doc), "*.payloads.jsonl"))
	if err != nil {
		return nil, err
	}
	for _, name := range beside {
		data, err := os.ReadFile(name) //nolint:gosec // As above.
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 {
				list = append(list, bytes.Clone(line))
			}
		}
	}
	return compact(list), nil
}

// collect appends the examples below a node. "example" holds one value, "examples" a
// list of values, or of objects with a payload or value, or a mapping of such objects.
func collect(n *yaml.Node, list *[]json.RawMessage) {
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			collect(c, list)
		}
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		switch key {
		case "example":
			add(value, list)
		case "examples":
			for j, e := range value.Content {
				if value.Kind == yaml.MappingNode && j%2 == 0 {
					continue
				}
				add(inner(e), list)
			}
		default:
			collect(value, list)
		}
	}
}

// inner returns the payload or value of an example object, or the example itself.
func inner(n *yaml.Node) *yaml.Node {
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if key := n.Content[i].Value; key == "payload" || key == "value" {
			return n.Content[i+1]
		}
	}
	return n
}

// add appends an object as JSON. A string that holds a JSON object is one as well.
func add(n *yaml.Node, list *[]json.RawMessage) {
	if n.Kind == yaml.ScalarNode && strings.HasPrefix(strings.TrimSpace(n.Value), "{") && json.Valid([]byte(n.Value)) {
		*list = append(*list, json.RawMessage(n.Value))
		return
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	var b bytes.Buffer
	if encode(&b, n) {
		*list = append(*list, b.Bytes())
	}
}

// encode writes a node as JSON, keeping the order of members and the text of numbers. It
// returns false for values without a JSON form.
func encode(b *bytes.Buffer, n *yaml.Node) bool {
	switch n.Kind {
	case yaml.AliasNode:
		return encode(b, n.Alias)
	case yaml.MappingNode, yaml.SequenceNode:
		return encodeAll(b, n)
	default: // A scalar.
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			b.WriteString(n.Value)
			return true
		}
	case "!!bool":
		v, err := strconv.ParseBool(strings.ToLower(n.Value))
		b.WriteString(strconv.FormatBool(v))
		return err == nil
	case "!!null":
		b.WriteString("null")
		return true
	}
	text, err := json.Marshal(n.Value)
	b.Write(text)
	return err == nil
}

func encodeAll(b *bytes.Buffer, n *yaml.Node) bool {
	mapping := n.Kind == yaml.MappingNode
	b.WriteByte(map[bool]byte{true: '{', false: '['}[mapping])
	for i, c := range n.Content {
		switch {
		case mapping && i%2 == 1:
			b.WriteByte(':')
		case i > 0:
			b.WriteByte(',')
		}
		if mapping && i%2 == 0 {
			text, err := json.Marshal(c.Value)
			if err != nil {
				return false
			}
			b.Write(text)
			continue
		}
		if !encode(b, c) {
			return false
		}
	}
	b.WriteByte(map[bool]byte{true: '}', false: ']'}[mapping])
	return true
}
