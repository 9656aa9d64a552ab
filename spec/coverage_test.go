package spec

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/wirepaths"
)

var update = flag.Bool("update", false, "write the list of wire paths anew")

// TestWirePaths holds the spec to a list of everything that it has ever put on
// the wire, so that an edit cannot drop an event, a member or a value unnoticed.
func TestWirePaths(t *testing.T) {
	t.Parallel()
	var unions []wirepaths.Union
	for _, u := range eventUnions {
		unions = append(unions, wirepaths.Union{Prefix: u.prefix, Component: u.component})
	}
	spec, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	doc, err := wirepaths.Parse(spec)
	require.NoError(t, err)
	have, err := wirepaths.Flatten(doc, unions)
	require.NoError(t, err)

	list := filepath.Join("testdata", "wire-paths.txt")
	if *update {
		require.NoError(t, os.WriteFile(list, wirepaths.Format(have), 0o644))
	}
	text, err := os.ReadFile(list)
	require.NoError(t, err)
	want, err := wirepaths.ParseList(text)
	require.NoError(t, err)

	if lost := wirepaths.Missing(want, have); len(lost) > 0 {
		assert.Failf(t, "the spec has lost a part of the wire",
			"%s\n\nIf that is meant, run `go test ./spec -update` and say why in the commit.",
			strings.Join(lost, "\n"))
		return
	}
	if added := wirepaths.Missing(have, want); len(added) > 0 {
		assert.Failf(t, "the spec has gained what "+list+" does not list",
			"%s\n\nRun `go test ./spec -update`.",
			strings.ReplaceAll(strings.Join(added, "\n"), ": gone", ": new"))
		return
	}
	assert.Equal(t, string(text), string(wirepaths.Format(have)), "%s is not as written; run `go test ./spec -update`", list)
}
