package diff

// Compare reports the changes on the wire from one document to another.
func Compare(before, after *Document, opts Options) (*Report, error) {
	scope, err := pair(before, after, opts)
	if err != nil {
		return nil, err
	}
	c := &comparison{before: before, after: after, scope: scope, trees: map[treeKey]*tree{}}
	if c.old, err = scope.collect(before); err != nil {
		return nil, err
	}
	if c.new, err = scope.collect(after); err != nil {
		return nil, err
	}
	c.compareRoots()
	r := &Report{Old: before.Name, New: after.Name, Prose: c.prose(), Notes: scope.notes}
	r.Changes = c.changes
	if opts.Overrides != nil {
		r.Changes, r.Unused = opts.Overrides.apply(c.changes, c)
		r.Accepted = len(c.changes) - len(r.Changes)
	}
	if !opts.NoNames {
		names := newNamer(c)
		for i := range r.Changes {
			r.Changes[i].Go = names.identifiers(r.Changes[i])
		}
		r.Notes = append(r.Notes, names.notes...)
	}
	r.Groups = group(r.Changes)
	return r, nil
}
