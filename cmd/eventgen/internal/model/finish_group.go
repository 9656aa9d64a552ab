package model

import (
	"slices"
	"strings"
)

// groups makes the groups of structs: one for each event union, one for variants of
// other unions, and one for the rest.
func (b *builder) groups() {
	byName := map[string]*Group{}
	for _, s := range b.pkg.Structs {
		name := s.group()
		g := byName[name]
		if g == nil {
			g = &Group{Name: name}
			byName[name] = g
			b.pkg.Groups = append(b.pkg.Groups, g)
		}
		g.Structs = append(g.Structs, s)
	}
}

func (s *Struct) group() string {
	for _, u := range s.Unions {
		if u.Event {
			name := plural(snake(u.Name))
			if slices.Contains(ownFiles, name) {
				name += "_events"
			}
			return name
		}
	}
	if len(s.Unions) > 0 {
		return "variants"
	}
	return "types"
}

// ownFiles are the names of files that are not those of a group of events.
var ownFiles = []string{
	"accessors", "client", "collections", "constructors", "enums", "operations", "protocols", "runtime", "types",
	"unions", "unions_codec", "validate", "variants",
}

// plural returns the plural of a word or of the last word of a name in small letters. A
// participle, or what is a plural already, stays.
func plural(name string) string {
	last := name[strings.LastIndexByte(name, '_')+1:]
	has := func(suffixes ...string) bool {
		return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(last, s) })
	}
	switch {
	case has("ed", "ing", "news"), has("s") && !has("ss", "us", "is"):
		return name
	case has("s", "x", "z", "ch", "sh"):
		return name + "es"
	case has("y") && !has("ay", "ey", "oy", "uy"):
		return strings.TrimSuffix(name, "y") + "ies"
	}
	return name + "s"
}
