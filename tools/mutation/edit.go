package main

import (
	"bytes"
	"cmp"
	"slices"
)

// edit replaces length bytes of a file.
type edit struct {
	offset, length int
	text           string
	order          int // Among the edits at an offset.
}

type edits []edit

// open inserts text before a node. That of an outer node, which is visited first, comes
// before that of an inner one.
func (e *edits) open(offset int, text string) { e.replace(offset, 0, text) }

// close inserts text after a node. That of an inner node comes first.
func (e *edits) close(offset int, text string) {
	*e = append(*e, edit{offset: offset, text: text, order: -1 - len(*e)})
}

func (e *edits) replace(offset, length int, text string) {
	*e = append(*e, edit{offset: offset, length: length, text: text, order: 1 + len(*e)})
}

func (e *edits) apply(text []byte) []byte {
	slices.SortFunc(*e, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.order, b.order))
	})
	var out bytes.Buffer
	at := 0
	for _, e := range *e {
		out.Write(text[at:e.offset])
		out.WriteString(e.text)
		at = e.offset + e.length
	}
	out.Write(text[at:])
	return out.Bytes()
}
