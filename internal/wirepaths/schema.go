package wirepaths

import "fmt"

// bounds are the keywords that a [Node] keeps as they stand.
var bounds = []string{
	"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "maxProperties",
}

// arms returns the arms of a union but for null.
func (o object) arms() []object {
	arms := o.objects("anyOf")
	if arms == nil {
		arms = o.objects("oneOf")
	}
	var kept []object
	for _, a := range arms {
		if a["type"] != "null" {
			kept = append(kept, a)
		}
	}
	return kept
}

// nullable reports whether the schema itself allows null, in the manner of 3.0
// or of 3.1.
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

// kinds returns the JSON kinds that the schema's type keyword names, but for null.
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

// values returns the values that the schema allows or, if it is open, knows.
func (o object) values() []any {
	if v, ok := o["const"]; ok {
		return []any{v}
	}
	if v := o.list("enum"); v != nil {
		return v
	}
	return o.list("x-known-values")
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
