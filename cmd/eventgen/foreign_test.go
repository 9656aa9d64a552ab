package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestForeignExample checks that the example's package is up to date with its AsyncAPI
// document and its own templates.
func TestForeignExample(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "examples", "foreign")
	var out strings.Builder
	err := run([]string{
		"-spec", filepath.Join(dir, "lamp.yaml"), "-out", filepath.Join(dir, "lampapi"), "-package", "lampapi",
		"-client=false", "-templates", filepath.Join(dir, "templates"), "-check",
	}, &out, &out)
	require.NoError(t, err, out.String())
	header, err := os.ReadFile(filepath.Join(dir, "lampapi", "unions_gen.go"))
	require.NoError(t, err)
	assert.Contains(t, string(header), "This header is the example's own")
}

// TestResponsesExample checks that the package of streamed responses is up to date.
func TestResponsesExample(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "examples", "foreign", "responses")
	var out strings.Builder
	err := run([]string{
		"-spec", filepath.Join(dir, "responses.yaml"), "-out", filepath.Join(dir, "responsesapi"), "-package", "responsesapi",
		"-client=false", "-strict", "-check",
	}, &out, &out)
	require.NoError(t, err, out.String())
}

// TestForeignModule generates from the example's document in another module, which
// refers to this one by its path, and runs the result.
func TestForeignModule(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a module")
	}
	t.Parallel()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	dir := t.TempDir()
	lamp, err := os.ReadFile(filepath.Join(root, "examples", "foreign", "lamp.yaml"))
	require.NoError(t, err)
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	requires := strings.SplitN(string(mod), "\n\n", 3)[2]
	writeDoc(t, dir, "go.mod", "module example.com/lamp\n\ngo 1.26\n\nrequire github.com/voicelane/realtime-go v0.0.0\n\n"+
		"replace github.com/voicelane/realtime-go => "+filepath.ToSlash(root)+"\n\n"+requires)
	writeDoc(t, dir, "go.sum", string(sums))
	writeDoc(t, dir, "lamp.yaml", string(lamp))
	writeDoc(t, dir, "main.go", `package main

import (
	"fmt"

	"example.com/lamp/lampapi"
)

func main() {
	c, err := lampapi.DecodeCommand([]byte("{\"type\":\"lamp.switch\",\"on\":true,\"mood\":1}"))
	fmt.Println(c.EventType(), c.(*lampapi.Switch).On, err)
	out, err := c.AppendJSON(nil)
	fmt.Println(string(out), err)
}
`)
	runIn(t, dir, "go", "run", "-mod=mod", "github.com/voicelane/realtime-go/cmd/eventgen", "-spec", "lamp.yaml", "-out", "lampapi", "-package", "lampapi")
	got := runIn(t, dir, "go", "run", "-mod=mod", ".")
	assert.Equal(t, "lamp.switch true <nil>\n{\"type\":\"lamp.switch\",\"on\":true,\"mood\":1} <nil>\n", got)
}

func writeDoc(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

// runIn runs a program in a folder and returns what it prints.
func runIn(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s\n%s", out, stderr.String())
	return string(out)
}
