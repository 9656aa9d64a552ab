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
	update = flag.Bool("update", false, "write the lists in testdata anew")
	add    = flag.Bool("add", false, "write the lists in testdata anew, unless they would lose something")
)

// TestWirePaths holds the spec to a list of everything that it has ever put on
// the wire, so that an edit cannot drop an event, a member or a value unnoticed.
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
		assert.Failf(t, "the spec has lost a part of the wire",
			"%s\n\nIf that is meant, run `go test ./spec -update` and say why in the commit.",
			strings.Join(lost, "\n"))
		return
	}
	if added := wirepaths.Missing(have, want); len(added) > 0 {
		assert.Failf(t, "the spec has gained what "+list+" does not list",
			"%s\n\nRun `make generate`.",
			strings.ReplaceAll(strings.Join(added, "\n"), ": gone", ": new"))
		return
	}
	assert.Equal(t, string(text), string(wirepaths.Format(have)), "%s is not as written; run `go test ./spec -update`", list)
}

// words writes a Go name in lower case, a space before each word.
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
