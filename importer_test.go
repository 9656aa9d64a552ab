package realtimego

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// maxGraph bounds the module graph of a program that imports package realtime alone, in
// lines of go mod graph. The requirements of this module's generator and tests are lines of
// it as well.
const maxGraph = 39

// TestImporterGetsFewModules makes a program that imports package realtime and counts the
// modules it gets: those of which code is compiled, those its go.mod requires, and the
// edges of its module graph.
func TestImporterGetsFewModules(t *testing.T) {
	t.Parallel()
	_, run := importer(t, "package main\n\nimport _ \""+module+"/realtime\"\n\nfunc main() {}\n")
	run("mod", "tidy")
	want := []string{
		module, "github.com/cenkalti/backoff/v5", "github.com/emmansun/base64", "github.com/gorilla/websocket",
		"github.com/segmentio/asm", "golang.org/x/sys",
	}
	assert.Subset(t, append(want, "example.com/importer"), strings.Fields(run("list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")))
	graph := strings.Fields(run("mod", "graph"))
	assert.LessOrEqual(t, len(graph)/2, maxGraph)
	var required []string
	for i := 0; i < len(graph); i += 2 {
		if name, _, _ := strings.Cut(graph[i+1], "@"); graph[i] == "example.com/importer" && name != "go" {
			required = append(required, name)
		}
	}
	assert.ElementsMatch(t, want, required)
}

// importer makes a module of a program that imports this module, and returns its folder and a
// func that runs the go command there and returns what that prints.
func importer(t *testing.T, program string, env ...string) (dir string, run func(args ...string) string) {
	t.Helper()
	root, err := filepath.Abs(".")
	require.NoError(t, err)
	sums, err := os.ReadFile("go.sum")
	require.NoError(t, err)
	dir = t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  fmt.Sprintf("module example.com/importer\n\ngo 1.26.0\n\nrequire %s v0.0.0\n\nreplace %[1]s => %s\n", module, filepath.ToSlash(root)),
		"go.sum":  string(sums),
		"main.go": program,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir, func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off"), env...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		require.NoError(t, err, "%s%s", out, stderr.String())
		return string(out)
	}
}
