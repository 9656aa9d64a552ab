package spec

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/wirepaths"
)

var (
	update = flag.Bool("update", false, "rewrite the lists in testdata")
	add    = flag.Bool("add", false, "rewrite the lists in testdata, unless lines would be removed")
)

// TestWirePaths compares the spec with a list of all its wire paths, so that an edit
// cannot remove an event, a member or a value unnoticed.
func TestWirePaths(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	var unions []wirepaths.Union
	for _, p := range doc.Protocols {
		unions = append(unions, wirepaths.Union{Prefix: words(strings.TrimSuffix(p.Union, "Event")), Component: p.Union})
	}
	wire, err := wirepaths.Decode(doc.Root)
	require.NoError(t, err)
	have, err := wirepaths.Flatten(wire, unions)
	require.NoError(t, err)

	list := filepath.Join("testdata", "wire-paths.txt")
	text, err := os.ReadFile(list)
	require.NoError(t, err)
	want, err := wirepaths.ParseList(text)
	require.NoError(t, err)
	lost := wirepaths.Missing(want, have)
	if *update || *add && len(lost) == 0 {
		require.NoError(t, os.WriteFile(list, wirepaths.Format(have), 0o644))
		return
	}
	if len(lost) > 0 {
		assert.Failf(t, "the spec lacks wire paths",
			"%s\n\nIf that is intended, run `go test ./spec -update` and state the reason in the commit.",
			strings.Join(lost, "\n"))
		return
	}
	if added := wirepaths.Missing(have, want); len(added) > 0 {
		assert.Failf(t, "the spec has wire paths that "+list+" lacks",
			"%s\n\nRun `make generate`.",
			strings.ReplaceAll(strings.Join(added, "\n"), ": gone", ": new"))
		return
	}
	assert.Equal(t, string(text), string(wirepaths.Format(have)), "%s is not formatted; run `go test ./spec -update`", list)
}

// words returns the words of a Go name in lower case.
func words(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
