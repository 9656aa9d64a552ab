// Package byname keeps values, such as handlers, by names, such as those of events. It takes a
// third of a map's memory, which thousands of sessions have each.
package byname

import "sort"

// List is sorted by name, and in the order of With where names are equal. A list is never
// changed, and may be read from any goroutine. Nil is empty.
type List[T any] []Entry[T]

// Entry is a value with its name.
type Entry[T any] struct {
	Name  string
	Value T
}

// Table returns the values of lists by name. It panics if two have one name: each would take
// the other for missing.
func Table[T any](lists ...[]Entry[T]) map[string]T {
	all := map[string]T{}
	for _, list := range lists {
		for _, e := range list {
			if _, twice := all[e.Name]; twice {
				panic("byname: two values of the name " + e.Name) //nolint:forbidigo // A fault of a package's own table, which each of its tests meets.
			}
			all[e.Name] = e.Value
		}
	}
	return all
}

// With returns the list with one more value.
func (l List[T]) With(name string, v T) List[T] {
	_, at := l.span(name)
	with := make(List[T], 0, len(l)+1) // Its exact length: append would double it.
	with = append(append(with, l[:at]...), Entry[T]{name, v})
	return append(with, l[at:]...)
}

// Of returns the values of a name.
func (l List[T]) Of(name string) List[T] {
	from, to := l.span(name)
	return l[from:to]
}

func (l List[T]) span(name string) (from, to int) {
	from = sort.Search(len(l), func(i int) bool { return l[i].Name >= name })
	for to = from; to < len(l) && l[to].Name == name; {
		to++
	}
	return from, to
}

// Recent remembers the values of the two latest names: those of sound and its text
// alternate. The zero value remembers none. It is not safe for concurrent use.
type Recent[T any] struct{ latest, before found[T] }

type found[T any] struct {
	name   string
	values List[T]
	known  bool
}

// Find returns the values that a list has under the canonical form of a name. The zero
// Recent goes with each list.
func (r *Recent[T]) Find(name string, l List[T], canonical func(string) string) List[T] {
	if name != r.latest.name || !r.latest.known {
		if r.latest, r.before = r.before, r.latest; name != r.latest.name || !r.latest.known {
			r.latest = found[T]{name, l.Of(canonical(name)), true}
		}
	}
	return r.latest.values
}
