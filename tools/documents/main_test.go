package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRun tries a document that generates, with its examples, and two that do not.
func TestRun(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles a module")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a/good.yaml": `openapi: 3.0.0
components:
  schemas:
    Event: {oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}
    A: {type: object, summary: x, required: [type], properties: {type: {enum: [a]}}, example: {type: a, n: 1.50}}
    B: {type: object, required: [type], properties: {type: {enum: [b]}}, examples: [{type: b}, {type: c}]}
`,
		"a/more.payloads.jsonl": `{"type":"a","at":null}` + "\n",
		"old.json":              `{"asyncapi": "1.2.0"}`,
		"other.yaml":            "swagger: '2.0'\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	var out strings.Builder
	ok, err := run(t.Context(), options{folder: dir, types: true}, &out)
	require.NoError(t, err)
	assert.True(t, ok, out.String())
	assert.Regexp(t, `(?m)^\| a/good.yaml \| compiles \| .* \| 1 \| 4, 3 recognized, 0 changed \|  \|$`, out.String())
	assert.Regexp(t, `(?m)^\| old.json \| refused \| .* old.json:1: #/asyncapi: asyncapi must be 2.x or 3.x, not 1.2.0: convert`, out.String())
	assert.Contains(t, out.String(), "2 documents: 1 generate and compile, 1 are refused with a message, 0 faults. 4 payloads of 1 documents, 0 changed.")
}
