package model

import (
	"regexp"
	"slices"
)

// Constructors lists the constructors of all structs.
func (p *Package) Constructors() []*Constructor {
	var out []*Constructor
	for _, s := range p.Structs {
		out = append(out, s.Constructors...)
	}
	return out
}

// Binds reports whether a case uses the variant itself.
func (a *Accessor) Binds() bool {
	return slices.ContainsFunc(a.Cases, func(c *Case) bool {
		return slices.ContainsFunc(c.Body, variant.MatchString)
	})
}

// variant finds a use of the variant, which is called x.
var variant = regexp.MustCompile(`\bx\b`)

// add appends a case, or widens the one that does the same.
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
