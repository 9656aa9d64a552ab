package main

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// TestVendorDocument generates the event unions of the API vendor's own document and
// builds the result, and then the whole document. The document is at REALTIME_VENDOR_SPEC or beside the module; without it the
// test is skipped. testdata/golden/oddities imitates its notation.
func TestVendorDocument(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("calls the go command")
	}
	path := cmp.Or(os.Getenv("REALTIME_VENDOR_SPEC"), filepath.Join(root, "..", "shared", "vendor", "openapi.yaml"))
	doc, err := specdoc.Read(filepath.ToSlash(path), os.ReadFile)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the vendor's document is missing")
	}
	require.NoError(t, err)
	unions := []string{
		"RealtimeClientEvent", "RealtimeServerEvent", "RealtimeTranslationClientEvent", "RealtimeTranslationServerEvent",
		"ResponseStreamEvent", "AssistantStreamEvent",
	}
	files, err := Generate(Config{Spec: doc, Package: "vendor", Unions: unions})
	require.NoError(t, err)
	for _, union := range unions {
		assert.Contains(t, string(files["unions_gen.go"]), "\nfunc (x *Unknown"+union+") EventType() string {\n", "%s is a union of events", union)
	}
	for _, w := range doc.Warnings {
		assert.NotContains(t, w.Msg, "is no union of events")
	}
	buildOutside(t, files)

	files, err = Generate(Config{Spec: doc, Package: "vendor", Client: true})
	require.NoError(t, err)
	buildOutside(t, files)
}

// clientRuntime is what a client of a document with other parameters than strings of a path
// imports. This module does not require it.
const clientRuntime = "github.com/oapi-codegen/runtime"

// buildOutside builds the files in a module of their own, as in another project that
// uses the generator.
func buildOutside(t *testing.T, files map[string][]byte) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, Write(dir, files))
	module, err := filepath.Abs(root)
	require.NoError(t, err)
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	const path = "github.com/voicelane/realtime-go"
	text := strings.Replace(string(mod), "module "+path, "module example.com/outside", 1) +
		"\nrequire " + path + " v0.0.0\n\nreplace " + path + " => " + module + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o600))
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o600))
	if strings.Contains(string(files["client_gen.go"]), clientRuntime) {
		command(t, dir, "get", clientRuntime+"@v1.8.0")
	}
	command(t, dir, "vet", ".")
}
