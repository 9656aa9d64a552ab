package realtimego

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/doccode"
	"github.com/voicelane/realtime-go/internal/mission"
)

// TestCodeOfDocumentsCompiles type-checks every Go block of every document. Blocks with
// imports of a nested module are checked by that module's own test, which has to be there.
func TestCodeOfDocumentsCompiles(t *testing.T) {
	t.Parallel()
	docs, err := doccode.Documents(".")
	require.NoError(t, err)
	n, err := doccode.Compile(t.Context(), ".", ".", docs)
	require.NoError(t, err)
	assert.Greater(t, n, 10)
	homes, err := doccode.Homes(".", docs)
	require.NoError(t, err)
	for _, dir := range slices.Sorted(maps.Keys(homes)) {
		test, err := os.ReadFile(filepath.Join(dir, "docs_test.go"))
		require.NoError(t, err, homes[dir])
		assert.Contains(t, string(test), "doccode.Compile(", dir)
	}
	tests, err := mission.Load(".")
	require.NoError(t, err)
	for _, doc := range docs {
		for _, b := range doc.Blocks {
			assert.True(t, b.TestedBy == "" || len(tests.Tests(b.TestedBy)) == 1, "%s: no test is %s", &b, b.TestedBy)
		}
	}
}

// TestDocumentsLeadSomewhere checks the relative links of all documents, with their
// fragments, and the commands that they name.
func TestDocumentsLeadSomewhere(t *testing.T) {
	t.Parallel()
	docs, err := doccode.Documents(".")
	require.NoError(t, err)
	require.Greater(t, len(docs), 10)
	require.NoError(t, doccode.Links(".", docs))
	require.NoError(t, doccode.Commands(".", docs))
}

// TestLoopsOfDocumentsCheckHowAResponseEnded holds that a loop or handler that ends at
// response.done looks at its status, and that one over the text of a stream asks for the
// answer's error: a response that failed ends both in silence.
func TestLoopsOfDocumentsCheckHowAResponseEnded(t *testing.T) {
	t.Parallel()
	docs, err := doccode.Documents(".")
	require.NoError(t, err)
	ends, streams := regexp.MustCompile(`\*(api|vendor)\.ResponseDone\b|vendor\.ResponseDoneEvent:`), regexp.MustCompile(`s\.Respond\(ctx`)
	n := 0
	for _, doc := range docs {
		for _, b := range doc.Blocks {
			switch {
			case b.Lang != "go":
			case ends.MatchString(b.Text):
				n++
				assert.Regexp(t, `CheckResponse\(|\.Response\.Status`, b.Text, &b)
			case streams.MatchString(b.Text) && strings.Contains(b.Text, ".Text(ctx)"):
				n++
				assert.Regexp(t, `\.Err\(\)`, b.Text, &b)
			}
		}
	}
	assert.Greater(t, n, 6)
}

// TestTestsOfDocumentsPass runs the tests that documents print as whole files, as a reader
// does: in a module of its own.
func TestTestsOfDocumentsPass(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds a program")
	}
	docs, err := doccode.Documents(".")
	require.NoError(t, err)
	dir, run := importer(t, "package main\n\nfunc main() {}\n")
	var names []string
	for _, doc := range docs {
		for _, b := range doc.Blocks {
			test := regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindStringSubmatch(b.Text)
			if b.Lang != "go" || test == nil || !strings.HasPrefix(b.Text, "package ") || strings.Contains(b.Text, "testdata/") {
				continue // Or a test of the repository, with its files.
			}
			folder := filepath.Join(dir, strings.ToLower(test[1]))
			require.NoError(t, os.Mkdir(folder, 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(folder, "desk_test.go"), []byte(b.Text), 0o600))
			names = append(names, test[1])
		}
	}
	require.Subset(t, names, []string{"TestDeskTellsTheHours", "TestTheCallerInterrupts", "TestTheCallerIsPutThrough"})
	run("mod", "tidy")
	out := run("test", "-v", "./...")
	for _, name := range names {
		assert.Contains(t, out, "--- PASS: "+name+" ")
	}
}
