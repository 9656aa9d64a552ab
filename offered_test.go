package realtimego

import (
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPackagesAreDocumented holds what go get and go doc need: the module's path
// in the README, and a package comment on each package that others can import.
func TestPackagesAreDocumented(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	assert.Contains(t, string(readme), "\ngo get "+module+"\n")
	mod, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	assert.Contains(t, string(mod), "module "+module+"\n")
	packages := 0
	for pkg, doc := range list(t, "{{if .GoFiles}}{{.ImportPath}} {{.Name}} {{.Doc}}{{end}}", "./...") {
		if doc[0] == "main" || strings.Contains("/"+pkg+"/", "/internal/") || pkg == "" {
			continue
		}
		packages++
		require.Greater(t, len(doc), 3, pkg)
		assert.Equal(t, []string{"Package", path.Base(pkg)}, doc[1:3], pkg)
		assert.True(t, strings.HasSuffix(doc[len(doc)-1], "."), "%s: its first sentence does not end", pkg)
	}
	assert.GreaterOrEqual(t, packages, 5)
}

// TestBetaIsNotOffered holds that no operation and no header of the beta is
// there, and that the document of its paths names each with what to call instead.
func TestBetaIsNotOffered(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("docs/deprecated-endpoints.md")
	require.NoError(t, err)
	spec, err := os.ReadFile("spec/openapi.yaml")
	require.NoError(t, err)
	for beta, instead := range map[string]string{
		"/realtime/sessions":               "`client.CreateClientSecret` with a `*api.RealtimeSessionConfig`",
		"/realtime/transcription_sessions": "`client.CreateClientSecret` with a `*api.TranscriptionSessionConfig`",
	} {
		assert.Contains(t, string(doc), "| `POST "+beta+"` | "+instead+" |")
		assert.NotContains(t, string(spec), "\n  "+beta+":")
	}
	for _, file := range sources(t, "gen/api", "realtime", "calls") {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, beta := range []string{`/realtime/sessions"`, `/realtime/transcription_sessions"`, "OpenAI-Beta", "Openai-Beta", "realtime=v1"} {
			assert.NotContains(t, string(data), beta, file)
		}
	}
}

// sources returns the Go files of packages, as the go command builds them.
func sources(t *testing.T, packages ...string) []string {
	t.Helper()
	var files []string
	for _, pkg := range packages {
		for _, names := range list(t, "{{.ImportPath}}{{range .GoFiles}} {{.}}{{end}}", "./"+pkg) {
			for _, name := range names {
				files = append(files, path.Join(pkg, name))
			}
		}
	}
	require.NotEmpty(t, files)
	return files
}

// TestProgramsUseGorilla holds which library dials outside of browsers.
func TestProgramsUseGorilla(t *testing.T) {
	t.Parallel()
	assert.Contains(t, listDeps(t)["realtime"], "github.com/gorilla/websocket")
}
