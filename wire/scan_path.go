package wire

import (
	"bytes"
	"strconv"
	"strings"
)

const (
	// maxSegments and maxName bound the path in an error: its segments, and the bytes
	// of a name.
	maxSegments = 12
	maxName     = 80
)

// segment is a step of a path: a member's name or an array's index.
type segment struct {
	object bool
	naming bool // The next string is a member's name.
	index  int
	name   []byte
}

// pathAt returns the path of the value at offset. It assumes that the text before
// offset is valid JSON.
func pathAt(data []byte, offset int) string {
	stack, deeper := make([]segment, 0, maxSegments), 0
	data = data[:min(offset, len(data))]
	for pos := 0; pos < len(data); pos++ {
		var top *segment // The innermost open container, unless it is too deep.
		if len(stack) > 0 && deeper == 0 {
			top = &stack[len(stack)-1]
		}
		switch c := data[pos]; c {
		case '"':
			end := endOfString(data, pos+1)
			if top != nil && top.naming && end < len(data) {
				top.name, top.naming = data[pos+1:end], false
			}
			pos = end
		case '{', '[':
			if len(stack) < maxSegments {
				stack = append(stack, segment{object: c == '{', naming: c == '{'})
			} else {
				deeper++
			}
		case '}', ']':
			if deeper > 0 {
				deeper--
			} else {
				stack = stack[:max(0, len(stack)-1)]
			}
		case ',':
			if top != nil {
				top.index++
				top.naming = top.object
				top.name = nil
			}
		}
	}
	return joinPath(stack, deeper > 0)
}

// endOfString returns the offset of the quote that ends the string whose content starts
// at pos.
func endOfString(data []byte, pos int) int {
	for pos < len(data) && data[pos] != '"' {
		if data[pos] == '\\' {
			pos++
		}
		pos++
	}
	return pos
}

func joinPath(stack []segment, more bool) string {
	var b strings.Builder
	for i := range stack {
		switch s := &stack[i]; {
		case !s.object:
			b.WriteByte('[')
			b.WriteString(strconv.Itoa(s.index))
			b.WriteByte(']')
		case s.naming || s.name == nil:
			// offset lies between two members: the path ends at the object.
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(nameOrMark(safeName(s.name)))
		}
	}
	if more {
		b.WriteString("...")
	}
	return b.String()
}

// nameOrMark returns name, or "?" if it is empty.
func nameOrMark(name string) string {
	if name == "" {
		return "?"
	}
	return name
}

// safeName returns name if an error may show it, else "". Names of the protocol have
// only lower-case letters, underscores and points; any other name could be a secret.
func safeName(name []byte) string {
	if len(name) > maxName || bytes.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || 'z' < r) && r != '_' && r != '.'
	}) {
		return ""
	}
	return string(name)
}
