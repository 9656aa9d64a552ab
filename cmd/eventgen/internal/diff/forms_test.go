package diff

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the expected reports anew")

// read reads a fixture.
func read(t *testing.T, elem ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"testdata"}, elem...)...))
	require.NoError(t, err)
	return string(data)
}

// golden compares a report with a golden file.
func golden(t *testing.T, got string, elem ...string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(filepath.Join(append([]string{"testdata"}, elem...)...), []byte(got), 0o644))
	}
	assert.Equal(t, strings.ReplaceAll(read(t, elem...), "\r\n", "\n"), got)
}

// TestForms checks each output form in both directions.
func TestForms(t *testing.T) {
	t.Parallel()
	old, changed := read(t, "forms", "old.yaml"), read(t, "forms", "new.yaml")
	for name, r := range map[string]*Report{
		"there": compare(t, old, changed, Options{}),
		"back":  compare(t, changed, old, Options{}),
		"none":  compare(t, old, old, Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, r.Text(), "forms", name+".txt")
			golden(t, r.Markdown(), "forms", name+".md")
			golden(t, r.Changelog(), "forms", name+".changelog.md")
			data, err := r.JSON()
			require.NoError(t, err)
			assert.True(t, json.Valid(data))
			golden(t, string(data), "forms", name+".json")
		})
	}
}

// TestReplay compares a protocol before and after two updates like those of the API: new
// values, optional members, helper schemas. All are compatible.
func TestReplay(t *testing.T) {
	t.Parallel()
	for _, step := range [][2]string{{"1", "2"}, {"2", "3"}, {"1", "3"}} {
		t.Run(step[0]+" to "+step[1], func(t *testing.T) {
			t.Parallel()
			r := compare(t, read(t, "replay", step[0]+".yaml"), read(t, "replay", step[1]+".yaml"), Options{})
			assert.Equal(t, Compatible, r.Worst())
			golden(t, r.Text(), "replay", step[0]+"-"+step[1]+".txt")
		})
	}
}
