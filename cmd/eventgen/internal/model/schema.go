package model

import (
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// kindOf returns the JSON type that a schema allows, from its type or its other
// keywords, or "".
func kindOf(s *load.Schema) string {
	switch {
	case len(s.Types) > 0:
		return s.Types[0]
	case s.Properties != nil || s.Additional != nil:
		return "object"
	case s.Items != nil:
		return "array"
	case s.Const != nil && s.Const.Kind != "null":
		return s.Const.Kind
	case len(s.Enum) > 0:
		return s.Enum[0].Kind
	}
	return ""
}

// prose returns the description of a schema, or else its title if that is more than a name.
func prose(s *load.Schema) string {
	if s.Description == "" && strings.Contains(strings.TrimSpace(s.Title), " ") {
		return strings.TrimRight(strings.TrimSpace(s.Title), ".") + "."
	}
	return s.Description
}

// values returns the known values of a schema, each once.
func values(s *load.Schema) []load.Value {
	if s.Const != nil && s.Const.Kind != "null" {
		return []load.Value{*s.Const}
	}
	var out []load.Value
	for _, text := range s.Known {
		out = append(out, load.Value{Text: text, Kind: "string", Quoted: load.Quote(text)})
	}
	out = append(out, s.Enum...)
	seen := map[load.Value]bool{}
	return slices.DeleteFunc(out, func(v load.Value) bool {
		again := seen[v]
		seen[v] = true
		return again
	})
}

// constant returns the only value that a schema allows, or nil.
func constant(s *load.Schema) *load.Value {
	if s.Const != nil && s.Const.Kind != "null" {
		return s.Const
	}
	if len(s.Enum) == 1 && s.Name == "" && s.Known == nil {
		return &s.Enum[0]
	}
	return nil
}

// declared reports whether a component becomes a Go type with its name.
func declared(s *load.Schema) bool {
	return len(s.OneOf) > 0 || len(s.Properties) > 0 || s.Enum != nil || s.Known != nil || s.Additional != nil || len(s.AllOf) > 0
}

// closed returns all values that a schema allows, or nil if it is open or allows null.
func closed(s *load.Schema) []load.Value {
	if s.Known != nil || len(s.OneOf) > 0 {
		return nil
	}
	return values(s)
}

// onlyNull reports whether a schema allows no value but null.
func onlyNull(s *load.Schema) bool {
	return kindOf(s) == "" && len(s.OneOf) == 0 && (s.Const != nil && s.Const.Kind == "null" || s.Null && !s.Nullable)
}

// checksOf returns the bounds of a schema. Bounds of values of another kind have no
// meaning.
func checksOf(s *load.Schema) Checks {
	switch kindOf(s) {
	case "string":
		return Checks{Pattern: s.Pattern, MinLen: s.MinLength, MaxLen: s.MaxLength}
	case "array":
		return Checks{MinLen: s.MinItems, MaxLen: s.MaxItems}
	case "object":
		return Checks{MinLen: s.MinProps, MaxLen: s.MaxProps, KeyMaxLen: s.PropertyNamesMaxLength}
	case "integer", "number":
	default:
		return Checks{}
	}
	c := Checks{Min: s.Minimum, Max: s.Maximum}
	if s.ExclusiveMinimum != nil {
		c.Min, c.MinOpen = s.ExclusiveMinimum, true
	}
	if s.ExclusiveMaximum != nil {
		c.Max, c.MaxOpen = s.ExclusiveMaximum, true
	}
	return c
}

// join adds the members of the object schema part to s. A member of both keeps its place
// and gets the schema of part, which is the narrower one in known documents.
func join(s, part *load.Schema) {
	for _, p := range part.Properties {
		at := slices.IndexFunc(s.Properties, func(q load.Property) bool { return q.Name == p.Name })
		if at >= 0 {
			s.Properties[at] = p
			continue
		}
		s.Properties = append(s.Properties, p)
	}
	s.Required = append(s.Required, part.Required...)
}

// misplaced returns an error for a keyword of the generator that has no meaning for the
// type.
func misplaced(s *load.Schema, t *Type) error {
	var keyword string
	switch {
	case t.Kind != StructKind && s.Constructors != nil:
		keyword = "x-go-constructors"
	case t.Kind != StructKind && s.RequireOneOf != nil:
		keyword = "x-require-one-of"
	case t.Kind != StructKind && s.Aliases != nil:
		keyword = "x-event-aliases"
	case t.Kind != String && s.Known != nil:
		keyword = "x-known-values"
	default:
		return nil
	}
	return s.Errorf("%s has no meaning here", keyword)
}
