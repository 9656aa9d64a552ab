package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// fuzzMemory is the memory that generating from a document of a few kilobytes may
// allocate in all.
const fuzzMemory = 256 << 20

// FuzzGenerate generates from mutated documents: a document is either refused with an
// error or gives source that parses, within a bound of memory. The fuzzer itself bounds
// the time of a run.
func FuzzGenerate(f *testing.F) {
	for _, pattern := range []string{"testdata/golden/*/*api.yaml", "testdata/errors/*.yaml", "../../examples/foreign/lamp.yaml"} {
		paths, err := filepath.Glob(pattern)
		require.NoError(f, err)
		require.NotEmpty(f, paths)
		for _, path := range paths {
			data, err := os.ReadFile(path)
			require.NoError(f, err)
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 16<<10 {
			t.Skip("as long as it is, it says nothing about bounds")
		}
		defer debug.SetGCPercent(debug.SetGCPercent(100))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		generateAny(t, data)
		runtime.ReadMemStats(&after)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(fuzzMemory))
	})
}

// generateAny generates from a document of any content. Other files are not found.
func generateAny(t *testing.T, data []byte) {
	t.Helper()
	doc, err := specdoc.Read("a.yaml", func(name string) ([]byte, error) {
		if name == "a.yaml" {
			return data, nil
		}
		return nil, &os.PathError{Op: "open", Path: name, Err: os.ErrNotExist}
	})
	if err != nil {
		return
	}
	files, err := Generate(Config{Spec: doc, Package: "a"}) // The client is another project's.
	if fault, ok := errors.AsType[*specdoc.Error](err); ok {
		assert.NotEmpty(t, fault.File)
		assert.NotEmpty(t, fault.Msg)
	}
	if err == nil {
		assert.NotEmpty(t, files)
	}
}

// bombs returns documents in which each of many schemas refers several times to the next.
func bombs() map[string]string {
	const head = "openapi: 3.1.0\ncomponents:\n  schemas:\n"
	link := func(format string) string {
		b := []byte(head)
		for i := range 40 {
			next := fmt.Sprintf("{$ref: '#/components/schemas/S%d'}", i+1)
			b = fmt.Appendf(b, "    S%d: "+format+"\n", i, next, next)
		}
		return string(b) + "    S40: {type: object, required: [type], properties: {type: {const: end}}}\n"
	}
	return map[string]string{
		"allOf":       link("{allOf: [%s, %s]}"),
		"oneOf":       link("{oneOf: [%s, %s]}"),
		"both":        link("{allOf: [%s], oneOf: [%s, {type: object, properties: {a: {}}}]}"),
		"members":     link("{type: object, properties: {a: %s, b: %s}}"),
		"inline":      link("{type: object, properties: {a: {allOf: [%s, {type: object, properties: {x: {type: string}}}]}, b: {oneOf: [%s, {type: string}]}}}"),
		"lists":       link("{type: array, items: {oneOf: [%s, {type: array, items: %s}]}}"),
		"deep":        head + "    A: " + strings.Repeat("{type: array, items: ", 5000) + "{}" + strings.Repeat("}", 5000) + "\n",
		"deep unions": head + "    A: " + strings.Repeat("{oneOf: [{type: string}, ", 2000) + "{type: integer}" + strings.Repeat("]}", 2000) + "\n",
	}
}

// TestBombs checks that documents that multiply as they are read are refused, or read in
// little memory.
func TestBombs(t *testing.T) {
	t.Parallel()
	for name, text := range bombs() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		generateAny(t, []byte(text))
		runtime.ReadMemStats(&after)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4*fuzzMemory), name)
	}
}
