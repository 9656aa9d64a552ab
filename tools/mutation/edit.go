package main

import (
	"bytes"
	"cmp"
	"go/token"
	"slices"
)

// edit replaces length bytes of a file.
type edit struct {
	offset, length int
	text           string
	order          int // Among the edits at an offset.
}

func (w *writer) offset(pos token.Pos) int { return w.pkg.Fset.Position(pos).Offset }

// open inserts text before a node. That of an outer node, which is visited first, comes
// before that of an inner one.
func (w *writer) open(pos token.Pos, text string) {
	w.edits = append(w.edits, edit{offset: w.offset(pos), text: text, order: 1 + len(w.edits)})
}

// close inserts text after a node. That of an inner node comes first.
func (w *writer) close(pos token.Pos, text string) {
	w.edits = append(w.edits, edit{offset: w.offset(pos), text: text, order: -1 - len(w.edits)})
}

// replace replaces an operator.
func (w *writer) replace(pos token.Pos, op token.Token, text string) {
	w.edits = append(w.edits, edit{offset: w.offset(pos), length: len(op.String()), text: text, order: 1 + len(w.edits)})
}

func (w *writer) apply(text []byte) []byte {
	slices.SortFunc(w.edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.order, b.order))
	})
	var out bytes.Buffer
	at := 0
	for _, e := range w.edits {
		out.Write(text[at:e.offset])
		out.WriteString(e.text)
		at = e.offset + e.length
	}
	out.Write(text[at:])
	return out.Bytes()
}
