package diff

import (
	"cmp"
	"slices"
)

// Report is the result of a comparison.
type Report struct {
	Old, New string // The names of the documents.
	Groups   []Group
	Accepted int      // The number of places that an override explains.
	Prose    int      // The number of places of which only the prose changed; -1 for foreign documents.
	Unused   []string // Errors about overrides that match nothing.
	Notes    []string

	Changes []Change // One for each place, without those that an override explains.
}

// Group is a change and its places on the wire.
type Group struct {
	Kind    Kind
	Subject string // The event, the member or the operation.
	Old     string // The old value, or "".
	New     string
	Breaks  Breaks
	Why     string   // The effect of a breaking change.
	Go      []string // The Go identifiers of the places.
	Places  []string

	changes []Change
}

// Class returns the class of the group.
func (g Group) Class() Class { return g.Breaks.class() }

// Changes returns the changes of the group, one for each place.
func (g Group) Changes() []Change { return g.changes }

// Worst returns the worst class of the report.
func (r *Report) Worst() Class {
	worst := Same
	for _, g := range r.Groups {
		worst = max(worst, g.Class())
	}
	return worst
}

// group joins changes that differ only in the place.
func group(changes []Change) []Group {
	type key struct {
		kind              Kind
		subject, from, to string
	}
	index := map[key]int{}
	var groups []Group
	for _, c := range changes {
		k := key{c.Kind, c.Subject, c.Old, c.New}
		i, ok := index[k]
		if !ok {
			i = len(groups)
			index[k] = i
			groups = append(groups, Group{Kind: c.Kind, Subject: c.Subject, Old: c.Old, New: c.New})
		}
		g := &groups[i]
		g.Breaks.Senders = g.Breaks.Senders || c.Breaks.Senders
		g.Breaks.Receivers = g.Breaks.Receivers || c.Breaks.Receivers
		if g.Why == "" {
			g.Why = c.Why
		}
		for _, id := range c.Go {
			if !slices.Contains(g.Go, id) {
				g.Go = append(g.Go, id)
			}
		}
		g.Places = append(g.Places, c.Place())
		g.changes = append(g.changes, c)
	}
	slices.SortStableFunc(groups, func(a, b Group) int {
		return cmp.Or(
			cmp.Compare(b.Class(), a.Class()),
			cmp.Compare(a.Places[0], b.Places[0]),
			cmp.Compare(a.Kind, b.Kind),
		)
	})
	return groups
}
