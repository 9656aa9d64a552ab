package wire

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// HasMember reports whether raw is an object that has a member called name.
func HasMember(raw json.RawMessage, name string) bool {
	d := NewDecoder(raw)
	for m := new(Map); d.Entry(m); d.Skip() {
		if m.Key() == name {
			return true
		}
	}
	return false
}

// HasMembers reports whether raw is an object that has members of all these names.
func HasMembers(raw json.RawMessage, names ...string) bool {
	d := NewDecoder(raw)
	return d.Kind() == KindObject && !slices.ContainsFunc(names, func(name string) bool { return !HasMember(raw, name) })
}

// WithMember returns a copy of the object raw in which the member called name is
// the string value; the other members keep their order. It returns raw itself if
// that is not a JSON object.
func WithMember(raw json.RawMessage, name, value string) json.RawMessage {
	d, e := NewDecoder(raw), NewEncoder(nil)
	if d.Kind() != KindObject {
		return raw
	}
	e.BeginMap()
	written := false
	for m := new(Map); d.Entry(m); {
		v := d.Raw()
		switch {
		case m.Key() != name:
			e.Key(m.Key())
			e.Raw(v)
		case !written:
			e.Key(name)
			e.String(value)
			written = true
		}
	}
	if !written {
		e.Key(name)
		e.String(value)
	}
	e.EndMap()
	out, err := e.Bytes()
	if err != nil || d.End() != nil {
		return raw
	}
	return out
}

// Deref returns *p, or the zero value if p is nil.
func Deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// OrZero returns the value that n holds, or the zero value if it holds none.
func OrZero[T any](n Nullable[T]) T {
	v, _ := n.Get()
	return v
}

// MatchPath reports whether path matches a template such as /calls/{id}/accept. A name
// in braces matches one segment that is not empty.
func MatchPath(template, path string) bool {
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, have, func(want, have string) bool {
		if strings.HasPrefix(want, "{") {
			return have != ""
		}
		return want == have
	})
}

// PathSegment returns the value of a parameter as a segment of a path, in its escaped
// form, or the error of [CheckSegment].
func PathSegment[T ~string](name string, value T) (string, error) {
	segment := url.PathEscape(string(value))
	return segment, CheckSegment(name, segment)
}

// CheckSegment returns a [ValidationError] for a parameter of a path whose segment, in
// its escaped form, would make the path that of another resource: an empty one, "." or
// "..".
func CheckSegment(name, segment string) error {
	switch segment {
	case "":
		return Invalid(name, "must not be empty")
	case ".", "..":
		return Invalid(name, "must not be a dot segment of a path")
	}
	return nil
}
