package wirepaths

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
)

// bounds are the keywords that a [Node] keeps and [Format] prints.
var bounds = []string{
	"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "maxProperties",
}

// notes are the keywords that a [Node] keeps and [Format] omits.
var notes = []string{
	"contentEncoding", "default", "deprecated", "exclusiveMaximum", "exclusiveMinimum", "format",
	"minProperties", "multipleOf", "pattern", "uniqueItems", "x-event-aliases",
}

// arm is one arm of a union and its position below the union.
type arm struct {
	schema object
	at     string
}

// arms returns the arms of a union except null.
func (o object) arms() []arm {
	var arms []arm
	for _, key := range []string{"anyOf", "oneOf"} {
		for i, v := range o.list(key) {
			if a := asObject(v); a != nil && a["type"] != "null" {
				arms = append(arms, arm{a, "/" + key + "/" + strconv.Itoa(i)})
			}
		}
		if arms != nil {
			break
		}
	}
	return arms
}

// nullable reports whether the schema itself allows null, in the notation of OpenAPI
// 3.0 or 3.1.
func (o object) nullable() bool {
	if o["nullable"] == true {
		return true
	}
	for _, t := range o.list("type") {
		if t == "null" {
			return true
		}
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		for _, a := range o.objects(key) {
			if a["type"] == "null" {
				return true
			}
		}
	}
	return false
}

// kinds returns the JSON kinds in the schema's type keyword, except null.
func (o object) kinds() []string {
	types := o.list("type")
	if t, ok := o["type"].(string); ok {
		types = []any{t}
	}
	var kinds []string
	for _, t := range types {
		switch t {
		case "null":
		case "integer":
			kinds = append(kinds, "number")
		default:
			kinds = append(kinds, fmt.Sprint(t))
		}
	}
	return kinds
}

// decimal reports whether the type keyword allows numbers that are not integers.
func (o object) decimal() bool {
	return o["type"] == "number" || slices.Contains(o.list("type"), any("number"))
}

// values returns the values that the schema allows or, if the set is open, lists.
func (o object) values() []any {
	if v, ok := o["const"]; ok {
		return []any{v}
	}
	if v := o.list("enum"); v != nil {
		return v
	}
	return o.list("x-known-values")
}

// closed reports whether the schema itself allows only the values that it lists.
func (o object) closed() bool { return o["const"] != nil || o.list("enum") != nil }

// prose returns a hash of a keyword for readers.
func prose(key string, v any) uint64 {
	text, ok := v.(string)
	if !ok {
		text = noted(v)
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, key+"="+text) // A hash accepts everything.
	return h.Sum64()
}

// noted returns a keyword's value as JSON.
func noted(v any) string {
	text, err := json.Marshal(plain(v))
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// plain converts a YAML value to the form that JSON decoding gives.
func plain(v any) any {
	if o := asObject(v); o != nil {
		out := map[string]any{}
		for k, v := range o {
			out[k] = plain(v)
		}
		return out
	}
	if l, ok := v.([]any); ok {
		out := make([]any, len(l))
		for i, v := range l {
			out[i] = plain(v)
		}
		return out
	}
	return v
}

// kindOf returns the JSON kind of a value.
func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case nil:
		return "null"
	}
	return "number"
}

// note keeps the schema's keywords that [Format] omits.
func (n *Node) note(s object) {
	for _, key := range []string{"title", "description", "example", "examples"} {
		if v, ok := s[key]; ok {
			n.Prose = n.Prose*31 + prose(key, v) // The text itself would be held for each path.
		}
	}
	for _, key := range notes {
		if v, ok := s[key]; ok {
			put(&n.Notes, key, noted(v))
		}
	}
}

// add adds the schema's own kinds, values and bounds.
func (n *Node) add(s object, whole *composition) {
	n.note(s)
	for _, k := range s.kinds() {
		n.Kinds[k] = true
	}
	n.Decimal = n.Decimal || s.decimal()
	closed := s.closed() || whole != nil && whole.closed
	n.Free = n.Free || !closed && len(s.kinds()) > 0
	for _, v := range s.values() {
		if v == nil { // OpenAPI 3.0 documents list null among the values.
			n.Nullable = true
			continue
		}
		n.Kinds[kindOf(v)] = true
		put(&n.Values, fmt.Sprint(v), true)
	}
	for _, b := range bounds {
		if v, ok := s[b]; ok {
			put(&n.Bounds, b, fmt.Sprint(v))
		}
	}
}
