// Package diff compares two descriptions of a protocol by what is on the wire.
//
// Schema names, references and the notation of unions, constants and nulls do not
// matter: both documents are flattened to wire paths (see
// [github.com/voicelane/realtime-go/internal/wirepaths]) and the paths are
// compared. A change that many places share, since they share a schema, is
// reported once. Where both documents are AsyncAPI, what answers each message and what
// it is about are compared as well.
package diff

import (
	"cmp"
	"slices"
)

// Options say what to compare.
type Options struct {
	// Overrides tell where the documents differ on purpose, and limit the comparison
	// to a part of them. Nil compares everything.
	Overrides *Overrides
	// Unions name the components that are event unions, where neither document marks
	// them with x-event-union.
	Unions []string
	// NoNames leaves out the Go identifiers.
	NoNames bool
}

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

// Breaks says whose code a change breaks.
type Breaks struct {
	Senders   bool `json:"senders"`
	Receivers bool `json:"receivers"`
}

// Class is the worst that a change does.
type Class int

// The classes, from harmless to worst. A message that the server refuses is worse
// than one that is read with a part missing.
const (
	Same Class = iota
	Compatible
	BreaksReceivers
	BreaksSenders
)

func (c Class) String() string {
	return [...]string{"same", "compatible", "breaking for receivers", "breaking for senders"}[c]
}

// class returns the class of a change that breaks what b says.
func (b Breaks) class() Class {
	switch {
	case b.Senders:
		return BreaksSenders
	case b.Receivers:
		return BreaksReceivers
	}
	return Compatible
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

// Compare reports how the wire changes from one document to another.
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
	c.compare()
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
