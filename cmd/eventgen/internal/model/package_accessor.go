package model

import (
	"regexp"
	"slices"
)

// Constructors returns the constructors of all structs.
func (p *Package) Constructors() []*Constructor {
	var out []*Constructor
	for _, s := range p.Structs {
		out = append(out, s.Constructors...)
	}
	return out
}

// Binds reports whether a case uses the variant's value.
func (a *Accessor) Binds() bool {
	return slices.ContainsFunc(a.Cases, func(c *Case) bool {
		return slices.ContainsFunc(c.Body, variant.MatchString)
	})
}

// variant matches a use of the variant's value, which is called x.
var variant = regexp.MustCompile(`\bx\b`)

// add appends a case. If alike is set, it adds the type to a case with the same body
// instead, if there is one.
func (a *Accessor) add(typ string, alike bool, body ...string) {
	if alike {
		for _, c := range a.Cases {
			if slices.Equal(c.Body, body) {
				c.Types = append(c.Types, typ)
				return
			}
		}
	}
	a.Cases = append(a.Cases, &Case{Types: []string{typ}, Body: body})
}
