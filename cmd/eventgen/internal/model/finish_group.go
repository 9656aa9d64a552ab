package model

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
			return snake(u.Name) + "s"
		}
	}
	if len(s.Unions) > 0 {
		return "variants"
	}
	return "types"
}
