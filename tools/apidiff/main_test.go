package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParse(t *testing.T) {
	t.Parallel()
	report := `Incompatible changes:
- Item.ID: changed from *string to string
- (*Session).Close: removed
- ./Old: removed
`
	assert.Equal(t, []apiBreak{
		{"m/api", "Item.ID", "changed from *string to string"},
		{"m/api", "Session.Close", "removed"},
		{"m/api", "Old", "removed"},
	}, parse("m/api", report))
	assert.Empty(t, parse("m/api", ""))
}

func TestDeclarations(t *testing.T) {
	t.Parallel()
	changelog := "# Changelog\n\n## Unreleased\n\n### Breaking\n\n- `Item.ID`: now a string, write `v`.\n\n### Added\n\n- `New`.\n\n" +
		"## v0.1.0\n\n### Breaking\n\n- `Older`.\n"
	assert.Equal(t, []string{"Item.ID", "v"}, declarations(changelog))
}
