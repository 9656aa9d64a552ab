package model

import (
	"slices"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// unshared holds x-go-unshared: the names of members whose string differs in every
// message.
type unshared struct {
	names []string
	at    load.Position
	used  []string
}

func (u *unshared) read(doc *load.Document) (err error) {
	u.names, u.at, err = doc.Unshared()
	return err
}

// mark marks a listed member. It skips optional members and members of a named type,
// which are read by other functions.
func (u *unshared) mark(f *Field) {
	if slices.Contains(u.names, f.Wire) && f.Required && !f.Nullable && f.Type.Kind == String && f.Type.Name == "" {
		f.Unshared = true
		u.used = append(u.used, f.Wire)
	}
}

// unused returns an error for a name that marked no member.
func (u *unshared) unused() error {
	for _, name := range u.names {
		if !slices.Contains(u.used, name) {
			return u.at.Errorf("no object has a required string %q", name)
		}
	}
	return nil
}
