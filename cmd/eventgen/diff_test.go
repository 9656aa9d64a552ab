package main

import (
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

	"github.com/voicelane/realtime-go/internal/specdoc"
)

const oldDoc = `openapi: 3.1.0
paths: {}
components:
  schemas:
    ClientEvent:
      x-event-union: true
      oneOf: [{$ref: '#/components/schemas/Go'}, {$ref: '#/components/schemas/Stop'}]
    ServerEvent:
      x-event-union: true
      oneOf: [{$ref: '#/components/schemas/Gone'}, {$ref: '#/components/schemas/Stop'}]
    Go: {type: object, required: [type], properties: {type: {type: string, const: go}, gear: {type: integer}}}
    Gone: {type: object, required: [type], properties: {type: {type: string, const: gone}, far: {type: number}}}
    Stop: {type: object, required: [type], properties: {type: {type: string, const: stop}}}
`

func TestDiffStatus(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from, to string
		want     error
	}{
		"no change":       {"", "", nil},
		"prose":           {"Go: {", "Go: {description: goes., ", nil},
		"compatible":      {"gear: {", "light: {type: string}, gear: {", statusError(3)},
		"receivers break": {", far: {type: number}", "", statusError(4)},
		"senders break":   {", gear: {type: integer}", "", statusError(5)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			writeDoc(t, dir, "old.yaml", oldDoc)
			writeDoc(t, dir, "new.yaml", strings.Replace(oldDoc, tt.from, tt.to, 1))
			for format, want := range map[string]string{"text": "old.yaml -> ", "markdown": "## Drift", "json": "{\n", "changelog": ""} {
				var out, errs strings.Builder
				err := run([]string{"diff", filepath.Join(dir, "old.yaml"), "-format", format, filepath.Join(dir, "new.yaml")}, &out, &errs)
				assert.Equal(t, tt.want, err)
				assert.Contains(t, out.String(), want)
				assert.Empty(t, errs.String())
			}
		})
	}
}

func TestDiffErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeDoc(t, dir, "a.yaml", oldDoc)
	writeDoc(t, dir, "bad.yaml", "{")
	writeDoc(t, dir, "over.yaml", "differences: [{change: value added, at: [Go.gear], reason: No.}]")
	a := filepath.Join(dir, "a.yaml")
	for want, args := range map[string][]string{
		"takes 2 arguments, not 1":        {a},
		`unknown format "html"`:           {a, a, "-format", "html"},
		"bad.yaml: yaml:":                 {a, filepath.Join(dir, "bad.yaml")},
		"no such file":                    {a, filepath.Join(dir, "none.yaml")},
		"over.yaml:1: the override":       {a, a, "-overrides", filepath.Join(dir, "over.yaml")},
		"the URL of a document must be h": {a, "http://example.com/x.yaml"},
		"flag provided but not define":    {a, a, "-colour"},
	} {
		err := run(append([]string{"diff"}, args...), &strings.Builder{}, &strings.Builder{})
		assert.ErrorContains(t, err, want)
	}
}

// TestFetch reads a document from a URL and records its hash on import.
func TestFetch(t *testing.T) {
	t.Parallel()
	served := strings.Replace(oldDoc, "gear: {", "light: {type: string}, gear: {", 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/spec.yaml":
			fmt.Fprint(w, served)
		case "/away":
			http.Redirect(w, r, "http://example.com/spec.yaml", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	dir := t.TempDir()
	spec, lock, saved := filepath.Join(dir, "spec.yaml"), filepath.Join(dir, "lock"), filepath.Join(dir, "saved.yaml")
	writeDoc(t, dir, "spec.yaml", strings.Replace(oldDoc, "    Go: {type: object, required: [type], properties: {type: {type: string, const: go}, gear: {type: integer}}}\n",
		"    Go:\n      type: object\n      required: [type]\n      properties:\n        type: {type: string, const: go}\n        gear: {type: integer}\n", 1))
	url := srv.URL + "/spec.yaml"
	eventgen := func(args ...string) (string, error) {
		var out strings.Builder
		err := run(append(args, "-lock", lock), &out, &out)
		return out.String(), err
	}

	out, err := eventgen("diff", "-save", saved, spec, url)
	assert.Equal(t, statusError(3), err)
	assert.Contains(t, out, "none is recorded")
	data, err := os.ReadFile(saved)
	require.NoError(t, err)
	assert.Equal(t, served, string(data))

	out, err = eventgen("import", "-spec", spec, url)
	require.NoError(t, err, out)
	assert.Contains(t, out, "merged: field added: Go.light: optional string\n")
	data, err = os.ReadFile(lock)
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(served)), url), string(data))

	out, err = eventgen("diff", spec, url)
	require.NoError(t, err)
	assert.NotContains(t, out, "sha256")

	served += "    More: {type: string}\n"
	out, err = eventgen("diff", spec, url)
	require.NoError(t, err)
	assert.Contains(t, out, "when it was imported")

	_, err = eventgen("diff", spec, srv.URL+"/none")
	assert.ErrorContains(t, err, "404 Not Found")
	_, err = eventgen("diff", spec, srv.URL+"/away")
	assert.ErrorContains(t, err, "must be https")
}

// TestStatusOfAnIncompleteImport checks the exit status of an import that leaves
// changes out.
func TestStatusOfAnIncompleteImport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeDoc(t, dir, "spec.yaml", oldDoc)
	writeDoc(t, dir, "theirs.yaml", strings.Replace(oldDoc, ", gear: {type: integer}", "", 1))
	var out strings.Builder
	err := run([]string{"import", "-spec", filepath.Join(dir, "spec.yaml"), filepath.Join(dir, "theirs.yaml")}, &out, &out)
	assert.Equal(t, errLeft, err)
	assert.Contains(t, out.String(), "left: field removed: Go.gear")
	data, err := os.ReadFile(filepath.Join(dir, "spec.yaml"))
	require.NoError(t, err)
	assert.Equal(t, oldDoc, string(data))
}

// TestDiffReadsAsyncAPI compares two AsyncAPI documents.
func TestDiffReadsAsyncAPI(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "examples", "foreign", "lamp.yaml"))
	require.NoError(t, err)
	dir := t.TempDir()
	writeDoc(t, dir, "old.yaml", string(data))
	writeDoc(t, dir, "new.yaml", strings.Replace(string(data), "maximum: 100", "maximum: 10", 1))
	var out strings.Builder
	err = run([]string{"diff", filepath.Join(dir, "old.yaml"), filepath.Join(dir, "new.yaml")}, &out, &out)
	assert.Equal(t, statusError(5), err)
	assert.Contains(t, out.String(), "bound tightened: Fade.to: maximum 100 → maximum 10")
	assert.Contains(t, out.String(), "at command lamp.fade .to")
}

// TestDiffOwnFiles compares AsyncAPI documents whose payloads are in another file, ours
// among them, with each other and with the OpenAPI document that they amount to.
func TestDiffOwnFiles(t *testing.T) {
	t.Parallel()
	old, changed := t.TempDir(), t.TempDir()
	for _, dir := range []string{old, changed} {
		require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(root, "spec"))))
	}
	schemas := filepath.Join(changed, "openapi.yaml")
	data, err := os.ReadFile(schemas)
	require.NoError(t, err)
	const version = "absent or null for the current one.\n          type: [string, 'null']"
	require.Contains(t, string(data), version)
	require.NoError(t, os.WriteFile(schemas, []byte(strings.Replace(string(data), version, strings.Replace(version, "[string, 'null']", "string", 1), 1)), 0o600))
	doc, err := specdoc.Read(filepath.ToSlash(filepath.Join(old, "asyncapi.yaml")), os.ReadFile)
	require.NoError(t, err)
	merged, err := doc.Marshal()
	require.NoError(t, err)
	writeDoc(t, old, "merged.yaml", string(merged))
	for from, to := range map[string]string{"asyncapi.yaml": "asyncapi.yaml", "merged.yaml": "asyncapi.yaml"} {
		var out strings.Builder
		require.NoError(t, run([]string{"diff", filepath.Join(old, from), filepath.Join(old, to)}, &out, &out), out.String())
		err := run([]string{"diff", filepath.Join(old, from), filepath.Join(changed, to)}, &out, &out)
		assert.Equal(t, statusError(5), err)
		assert.Contains(t, out.String(), "null no longer allowed: Prompt.version\n")
		assert.Contains(t, out.String(), "Go: Prompt.Version\n")
		assert.NotContains(t, out.String(), "guessed")
	}
}
