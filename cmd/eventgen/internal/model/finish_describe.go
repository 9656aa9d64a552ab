package model

import (
	"path"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
	"github.com/voicelane/realtime-go/internal/specdoc"
)

// describe gives the types that the document does not describe a comment that says where
// they come from.
func (b *builder) describe() {
	for _, s := range b.pkg.Structs {
		if s.Doc == "" {
			s.Doc = b.role(s)
		}
		if s.Doc == "" {
			s.Doc = b.place(s.Position)
		}
	}
	for _, u := range b.pkg.Unions {
		if u.Doc == "" {
			u.Doc = b.way(u)
		}
		if u.Doc == "" {
			u.Doc = b.place(u.Position)
		}
	}
	for _, n := range b.pkg.Named {
		if n.Doc == "" {
			n.Doc = b.place(n.position)
		}
	}
}

// role returns what an object is among the variants of its union, or "".
func (b *builder) role(s *Struct) string {
	if s.EventType != "" {
		return "is the event " + load.Quote(s.EventType) + "."
	}
	for _, u := range s.Unions {
		for _, a := range u.Arms {
			if a.Struct == s && len(a.Values) > 0 {
				return "is the [" + u.Name + "] whose " + u.Keys[0] + " is " + quotedOr(a.Values[0], u.Literal) + "."
			}
		}
	}
	return ""
}

// armKeywords are the parents of arms in pointers, as written and as derived.
var armKeywords = []string{"oneOf", "anyOf", "type", "with", "kind"}

// way returns which way the messages of a union go, or "".
func (b *builder) way(u *Union) string {
	for _, p := range b.doc.Protocols {
		if load.Schemas+specdoc.Escape(p.Union) != u.Position.Pointer {
			continue
		}
		if p.Sent {
			return "is a message that is sent on the channel " + p.Channel + "."
		}
		return "is a message that is received on the channel " + p.Channel + "."
	}
	return ""
}

// place returns where the schema at a position is in the document, as text.
func (b *builder) place(at load.Position) string {
	file := path.Base(strings.ReplaceAll(at.File, "\\", "/"))
	if name, ok := strings.CutPrefix(at.Pointer, load.Schemas); ok && !strings.Contains(name, "/") {
		return "is the schema " + specdoc.Unescape(name) + " of " + file + "."
	}
	if name, ok := strings.CutPrefix(at.Pointer, "#/x-files/"); ok && b.names[at.Pointer] != "" && strings.Count(name, "/") < 3 {
		if path.Dir(name) == "." {
			return "is the schema in " + file + "."
		}
		return "is the schema " + specdoc.Unescape(path.Base(name)) + " of " + file + "."
	}
	what := ""
	for pointer := at.Pointer; ; {
		i := strings.LastIndexByte(pointer, '/')
		if i < 0 {
			return "is part of " + file + "."
		}
		parent, last := pointer[:i], pointer[i+1:]
		switch {
		case strings.HasSuffix(parent, "/properties") && b.names[strings.TrimSuffix(parent, "/properties")] != "":
			owner := b.names[strings.TrimSuffix(parent, "/properties")]
			return "is " + what + "the member " + specdoc.Unescape(last) + " of [" + owner + "]."
		case last == "items":
			what += "an element of "
		case last == "additionalProperties":
			what += "a value in "
		case b.names[path.Dir(parent)] != "" && slices.Contains(armKeywords, path.Base(parent)):
			if what == "" {
				what = "a variant of "
			}
			return "is " + what + "[" + b.names[path.Dir(parent)] + "]."
		case b.names[parent] != "" && what != "":
			return "is " + what + "[" + b.names[parent] + "]."
		}
		pointer = parent
	}
}
