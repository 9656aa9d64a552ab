package diff

import (
	"cmp"
	"slices"
)

// Report is the outcome of a comparison.
type Report struct {
	Old, New string // the names of the documents
	Groups   []Group
	Accepted int      // places of differences that an override explains
	Prose    int      // places where the text alone changed; -1 where it is not comparable
	Unused   []string // the overrides that explain nothing, which is an error
	Notes    []string

	Changes []Change // one for each place, those that an override explains left out
}

// Group is one change, and the places on the wire where it shows.
type Group struct {
	Kind    Kind
	Subject string // the event, the member or the operation
	Old     string // what was there, where that says something
	New     string
	Breaks  Breaks
	Why     string   // for a break: what happens
	Go      []string // the Go identifiers that it touches
	Places  []string

	changes []Change
}

// Class is the worst that the group does.
func (g Group) Class() Class { return g.Breaks.class() }

// Changes are the single changes of the group, one for each place.
func (g Group) Changes() []Change { return g.changes }

// Worst is the worst class of the report.
func (r *Report) Worst() Class {
	worst := Same
	for _, g := range r.Groups {
		worst = max(worst, g.Class())
	}
	return worst
}

// group joins the changes that are the same but for the place.
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
