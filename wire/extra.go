package wire

import (
	"encoding/json"
	"iter"
	"slices"
)

// Extra holds the members of a JSON object that have no place in a struct's fields:
// unknown members, and members whose value did not fit their field. They are written
// back when the struct is encoded. A member in Extra that has a field's name is written
// instead of that field.
//
// The zero Extra is empty. Copies are independent: Set and Delete on one do not affect
// another. An Extra may be read by several goroutines, but not while it is changed.
type Extra struct { //nolint:recvcheck // Reading must work on values that cannot be addressed.
	p *extras
}

type extras struct {
	wireType string
	absent   uint64 // Required fields that were absent, as bits: 1<<(field-1).
	// overrides are written in place of fields, at most one for each field, or were
	// added by Set. They are few, so a search by name stays cheap however many unknown
	// members a document has.
	overrides []member
	unknown   []member
	first     [1]member // Memory for the first unknown member.
}

type member struct {
	name      string
	raw       string
	field     int  // 0 for a member that Set added.
	unchecked bool // Added by Set: may not be valid JSON.
}

// IsZero reports whether the fields alone describe the object: x has no members, no
// required member was absent, and the event did not arrive under an alias.
func (x Extra) IsZero() bool { return x.p == nil }

// Get returns the member's JSON text and whether the member exists.
func (x Extra) Get(name string) (json.RawMessage, bool) {
	if x.p == nil {
		return nil, false
	}
	for _, list := range [...][]member{x.p.overrides, x.p.unknown} {
		if i := find(list, name); i >= 0 {
			return json.RawMessage(list[i].raw), true
		}
	}
	return nil, false
}

// Set adds or replaces the member. A nil value stands for null. If value is not valid
// JSON, encoding the struct returns an error.
func (x *Extra) Set(name string, value json.RawMessage) {
	m := member{name: name, raw: string(value), unchecked: true}
	if value == nil {
		m.raw = "null"
	}
	p := x.p.clone()
	x.p = p
	p.unknown = without(p.unknown, name)
	if i := find(p.overrides, name); i >= 0 {
		m.field = p.overrides[i].field
		p.overrides[i] = m
		return
	}
	p.overrides = append(p.overrides, m)
}

// Delete removes the member if it exists. A field of that name is then written again.
func (x *Extra) Delete(name string) {
	if x.p == nil {
		return
	}
	p := x.p.clone()
	x.p = p
	p.overrides = without(p.overrides, name)
	p.unknown = without(p.unknown, name)
}

// All yields the members: first those that replace fields and those that Set added,
// then the unknown ones in the order of the document.
func (x Extra) All() iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		if x.p == nil {
			return
		}
		for _, list := range [...][]member{x.p.overrides, x.p.unknown} {
			for _, m := range list {
				if !yield(m.name, json.RawMessage(m.raw)) {
					return
				}
			}
		}
	}
}

// Len returns the number of members.
func (x Extra) Len() int {
	if x.p == nil {
		return 0
	}
	return len(x.p.overrides) + len(x.p.unknown)
}

// WireType returns the alias under which the event arrived, or "" if it arrived under
// its own name.
func (x Extra) WireType() string {
	if x.p == nil {
		return ""
	}
	return x.p.wireType
}

// Equal reports whether x and y hold the same members with the same text in
// the same order.
func (x Extra) Equal(y Extra) bool {
	if x.p == y.p {
		return true
	}
	var zero extras
	a, b := x.p, y.p
	if a == nil {
		a = &zero
	}
	if b == nil {
		b = &zero
	}
	same := func(m, n member) bool { return m.name == n.name && m.raw == n.raw }
	return a.wireType == b.wireType && a.absent == b.absent &&
		slices.EqualFunc(a.overrides, b.overrides, same) && slices.EqualFunc(a.unknown, b.unknown, same)
}

// overrides reports whether a member called name is written instead of the
// field of that name.
func (x *Extra) overrides(name string) bool {
	return x.p != nil && find(x.p.overrides, name) >= 0
}

// own returns the members for the decoder to change in place. The decoder made them
// itself, so no copy shares them.
func (x *Extra) own() *extras {
	if x.p == nil {
		x.p = new(extras)
	}
	return x.p
}

func (x *Extra) setWireType(name string) {
	if name != "" || x.p != nil {
		x.own().wireType = name
	}
}

func (x *Extra) setAbsent(fields uint64) { x.own().absent = fields }

func (x *Extra) addUnknown(name, raw string) {
	p := x.own()
	if p.unknown == nil {
		p.unknown = p.first[:0]
	}
	p.unknown = append(p.unknown, member{name: name, raw: raw})
}

func (x *Extra) setOverride(field int, name, raw string) {
	p := x.own()
	m := member{name: name, raw: raw, field: field}
	for i := range p.overrides {
		if p.overrides[i].field == field {
			p.overrides[i] = m
			return
		}
	}
	p.overrides = append(p.overrides, m)
}

func (x *Extra) dropOverride(field int) {
	if x.p != nil {
		x.p.overrides = slices.DeleteFunc(x.p.overrides, func(m member) bool { return m.field == field })
	}
}

func (p *extras) clone() *extras {
	if p == nil {
		return new(extras)
	}
	return &extras{
		wireType:  p.wireType,
		absent:    p.absent,
		overrides: slices.Clone(p.overrides),
		unknown:   slices.Clone(p.unknown),
	}
}

// dropDuplicates keeps the last of the unknown members of each name.
func (p *extras) dropDuplicates() {
	const few = 8
	switch n := len(p.unknown); {
	case n < 2:
		return
	case n <= few:
		kept := p.unknown[:0]
		for i, m := range p.unknown {
			if find(p.unknown[i+1:], m.name) < 0 {
				kept = append(kept, m)
			}
		}
		p.unknown = kept
	default:
		last := make(map[string]int)
		for i, m := range p.unknown {
			last[m.name] = i
		}
		kept := p.unknown[:0]
		for i, m := range p.unknown {
			if last[m.name] == i {
				kept = append(kept, m)
			}
		}
		p.unknown = kept
	}
}

func find(list []member, name string) int {
	for i := range list {
		if list[i].name == name {
			return i
		}
	}
	return -1
}

// without removes the members called name in place; the caller must own list.
func without(list []member, name string) []member {
	return slices.DeleteFunc(list, func(m member) bool { return m.name == name })
}
