package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// twice copies our specification to two folders.
func twice(t *testing.T) (old, changed string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"old", "new"} {
		for _, file := range []string{"asyncapi.yaml", "openapi.yaml"} {
			data, err := os.ReadFile(filepath.Join(root, "spec", file))
			require.NoError(t, err)
			writeDoc(t, dir, name+"/"+file, strings.ReplaceAll(string(data), "\r\n", "\n"))
		}
	}
	return filepath.Join(dir, "old", "asyncapi.yaml"), filepath.Join(dir, "new", "asyncapi.yaml")
}

// edit replaces a text that a file has once.
func edit(t *testing.T, file, from, to string) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(data), from), from)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(data), from, to, 1)), 0o600))
}

// TestDiffReadsTheFilesBeside compares two folders that both hold our specification.
func TestDiffReadsTheFilesBeside(t *testing.T) {
	t.Parallel()
	old, changed := twice(t)
	diff := func(from, to string) (string, error) {
		var out strings.Builder
		err := run([]string{"diff", from, to}, &out, &out)
		return out.String(), err
	}
	out, err := diff(old, changed)
	require.NoError(t, err, out)

	edit(t, filepath.Join(filepath.Dir(changed), "openapi.yaml"), "required: [type, item]", "required: [type]")
	edit(t, changed, "        - $ref: '#/channels/realtime/messages/ConversationItemDone'\n", "")
	out, err = diff(old, changed)
	assert.Equal(t, statusError(5), err)
	assert.Contains(t, out, "no longer required: ConversationItemCreate.item\n")
	assert.Contains(t, out, "reply removed: client conversation.item.create: conversation.item.done\n")
	assert.Contains(t, out, "a request that waits for it gets no reply\n      Go: ConversationItemCreate\n")

	require.NoError(t, os.Remove(filepath.Join(filepath.Dir(changed), "openapi.yaml")))
	_, err = diff(old, changed)
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, filepath.ToSlash(filepath.Dir(changed))+"/openapi.yaml")
}

// TestFetchOfSeveralFiles reads a document from a URL, and the file beside it.
func TestFetchOfSeveralFiles(t *testing.T) {
	t.Parallel()
	old, changed := twice(t)
	srv := httptest.NewServer(http.StripPrefix("/spec/", http.FileServer(http.Dir(filepath.Dir(changed)))))
	defer srv.Close()
	url := srv.URL + "/spec/asyncapi.yaml"
	lock, saved := filepath.Join(t.TempDir(), "lock"), filepath.Join(t.TempDir(), "saved.yaml")
	var out strings.Builder
	require.NoError(t, run([]string{"diff", "-lock", lock, "-save", saved, old, url}, &out, &out), out.String())
	async, err := os.ReadFile(changed)
	require.NoError(t, err)
	kept, err := os.ReadFile(saved)
	require.NoError(t, err)
	assert.Equal(t, string(async), string(kept))

	schemas := filepath.Join(filepath.Dir(changed), "openapi.yaml")
	edit(t, schemas, "        strength:\n", "        mode:\n          type: string\n        strength:\n")
	out.Reset()
	require.NoError(t, run([]string{"import", "-lock", lock, "-spec", old, url}, &out, &out), out.String())
	assert.Contains(t, out.String(), "merged: field added: NoiseReduction.mode: optional string\n")
	data, err := os.ReadFile(schemas)
	require.NoError(t, err)
	hashes, err := os.ReadFile(lock)
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintf("%x  %s\n%x  %s\n", sha256.Sum256(async), url, sha256.Sum256(data), srv.URL+"/spec/openapi.yaml"), string(hashes))

	// Both folders describe the same wire format now, and the AsyncAPI document is unchanged.
	out.Reset()
	require.NoError(t, run([]string{"diff", old, url}, &out, &out), out.String())
	ours, err := os.ReadFile(old)
	require.NoError(t, err)
	assert.Equal(t, string(async), string(ours))
}

// TestDiffWithTheVendor checks that every difference is explained.
func TestDiffWithTheVendor(t *testing.T) {
	t.Parallel()
	vendor := cmp.Or(os.Getenv("REALTIME_VENDOR_SPEC"), filepath.Join(root, "..", "shared", "vendor", "openapi.yaml"))
	if _, err := os.Stat(vendor); err != nil {
		t.Skip("the vendor's document is missing; REALTIME_VENDOR_SPEC names it")
	}
	var out strings.Builder
	err := run([]string{"diff", "-overrides", filepath.Join(root, "spec", "upstream.yaml"), filepath.Join(root, spec), vendor}, &out, &out)
	require.NoError(t, err, out.String())
	assert.Contains(t, out.String(), ": no change\n")
}

// TestFaultInTheFileBeside checks that an error names the file that has it.
func TestFaultInTheFileBeside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeDoc(t, dir, "asyncapi.yaml", `asyncapi: 3.0.0
channels: {c: {messages: {Go: {payload: {$ref: 'schemas/go.yaml#/components/schemas/Go'}}, Stop: {payload: {$ref: 'stop.yaml#/components/schemas/Stop'}}}}}
operations: {sendOrder: {action: send, channel: {$ref: '#/channels/c'}}}
`)
	writeDoc(t, dir, "stop.yaml", "openapi: 3.1.0\ncomponents:\n  schemas:\n    Stop: {type: object, required: [type], properties: {type: {const: stop}}}\n")
	for text, want := range map[string]string{
		"openapi: 3.1.0\ncomponents:\n  schemas:\n    Go:\n      type: object\n      not: {}\n": "schemas/go.yaml:6: #/components/schemas/Go/not: not is not enforced",
		"openapi: 3.1.0\ncomponents:\n  schemas:\n    Go: {type: string}\n":                     "asyncapi.yaml:3: #/operations/sendOrder: Order is no union of events",
		"openapi: 3.1.0\ncomponents:\n  schemas: {Go: {}, Go: {}}\n":                            `schemas/go.yaml:3: #/components/schemas: the name "Go"`,
		"openapi: 3.1.0\npaths: {}\n":                                                           "schemas/go.yaml:1: #: the document has no components/schemas",
		"openapi: 3.1.0\ncomponents:\n  schemas:\n    Stop: {}\n    Go: {}\n":                   "stop.yaml:4: #/components/schemas/Stop: another file also has a schema Stop",
		"openapi: 3.1.0\ncomponents:\n  schemas:\n    Went: {type: object}\n":                   "asyncapi.yaml:2: #/channels/c/messages/Go/payload: ",
		"openapi: 3.1.0\ncomponents:\n  schemas:\n    Go:\n      $ref: '#/nothing'":             "schemas/go.yaml:5: #/components/schemas/Go: reference",
	} {
		writeDoc(t, dir, "schemas/go.yaml", text)
		err := failing(filepath.Join(dir, "asyncapi.yaml"))
		assert.ErrorContains(t, err, filepath.ToSlash(dir)+"/"+want)
	}
}
