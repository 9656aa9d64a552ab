package spec

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// names returns the locations in an event at which it may name something: members such as
// item_id, and the id of a member such as item. The ids of events and of the place of an
// item are of other things than the event is about.
func (d *openAPI) names(event string) []string {
	var found []string
	for name, p := range d.Components.Schemas[event].Properties {
		switch {
		case name == "event_id" || name == "previous_item_id":
		case strings.HasSuffix(name, "_id"):
			found = append(found, name)
		case d.hasID(p):
			found = append(found, name+"/id")
		}
	}
	slices.Sort(found)
	return found
}

// hasID reports whether a value of the schema, or of a variant of it, may have an id.
func (d *openAPI) hasID(s schema) bool {
	if name := s.refName(); name != "" {
		s = d.Components.Schemas[name]
	}
	_, has := s.Properties["id"]
	return has || slices.ContainsFunc(slices.Concat(s.OneOf, s.AnyOf, s.AllOf), d.hasID)
}

// TestWhatNamesItsSubjectSaysSo checks that an event and its reply have an x-subject if both
// may name the same thing, required or not. If neither has one, replies are matched by their
// order, which is wrong as soon as two requests are open; eventgen finds that out only if one
// of the two has an x-subject, or if the member is required.
func TestWhatNamesItsSubjectSaysSo(t *testing.T) {
	t.Parallel()
	assert.Empty(t, unsaid(readSpec(t), readOpenAPI(t)))

	// Without the x-subjects the same check finds every event that has one.
	doc := readSpec(t)
	var want []string
	for _, p := range doc.Protocols {
		for _, m := range p.Messages {
			if p.Sent && m.About != nil {
				want = append(want, m.Name)
			}
		}
	}
	for _, p := range doc.Protocols {
		for _, m := range p.Messages {
			m.About = nil
		}
	}
	assert.NotEmpty(t, want)
	assert.ElementsMatch(t, want, unsaid(doc, readOpenAPI(t)))
}

// unsaid returns the sent events that name what a reply names, too, where one of the two has
// no x-subject.
func unsaid(doc *specdoc.Document, open *openAPI) []string {
	var list []string
	for _, p := range doc.Protocols {
		for _, m := range p.Messages {
			said := m.About != nil
			shares := false
			for _, r := range m.Replies {
				if r.Cause == nil && shared(open.names(m.Schema), open.names(r.Schema)) {
					shares, said = true, said && r.About != nil
				}
			}
			if p.Sent && shares && !said {
				list = append(list, m.Name)
			}
		}
	}
	return list
}

// shared reports whether two events may name the same kind of thing: item_id and item/id do.
func shared(a, b []string) bool {
	kind := func(location string) string { return strings.TrimSuffix(strings.TrimSuffix(location, "/id"), "_id") }
	return slices.ContainsFunc(a, func(x string) bool {
		return slices.ContainsFunc(b, func(y string) bool { return kind(x) == kind(y) })
	})
}
