package model

import (
	"slices"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// unshared are the members whose text is another in every message, as the document
// lists them.
type unshared struct {
	names []string
	at    load.Position
	used  []string
}

func (u *unshared) read(doc *load.Document) (err error) {
	u.names, u.at, err = doc.Unshared()
	return err
}

// mark marks a member that the document lists. A member that is optional or of a
// named type is read in a way of its own, and stays as it is.
func (u *unshared) mark(f *Field) {
	if slices.Contains(u.names, f.Wire) && f.Required && !f.Nullable && f.Type.Kind == String && f.Type.Name == "" {
		f.Unshared = true
		u.used = append(u.used, f.Wire)
	}
}

// unused fails for what is listed and marks no member.
func (u *unshared) unused() error {
	for _, name := range u.names {
		if !slices.Contains(u.used, name) {
			return u.at.Errorf("no object has a required text %q", name)
		}
	}
	return nil
}
