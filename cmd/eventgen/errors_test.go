package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
)

// TestErrors generates strictly from each invalid document in testdata/errors. The
// document's comment "# want:" is the error: line, pointer and text. If there are several
// faults, it is the first one.
func TestErrors(t *testing.T) {
	t.Parallel()
	specs, err := filepath.Glob("testdata/errors/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, specs)
	for _, spec := range specs {
		name := strings.TrimSuffix(filepath.Base(spec), ".yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := failing(spec)
			require.Error(t, err)
			got, ok := strings.CutPrefix(err.Error(), spec+":")
			require.True(t, ok, "%v names no file", err)
			got, _, _ = strings.Cut(got, "\n")
			data, err := os.ReadFile(spec)
			require.NoError(t, err)
			head, rest, ok := strings.Cut(string(data), "# want:")
			require.True(t, ok)
			want, rest, _ := strings.Cut(rest, "\n")
			if *update {
				require.NoError(t, os.WriteFile(spec, []byte(head+"# want: "+strings.TrimSpace(got)+"\n"+rest), 0o644))
				return
			}
			assert.Equal(t, strings.TrimSpace(want), strings.TrimSpace(got))
		})
	}
}

// TestErrorPosition checks that a program can read the position of an error.
func TestErrorPosition(t *testing.T) {
	t.Parallel()
	err := failing("testdata/errors/keyword-not.yaml")
	var fault *load.Error
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, "testdata/errors/keyword-not.yaml", fault.File)
	assert.Equal(t, 9, fault.Line)
	assert.Equal(t, "#/components/schemas/Thing/properties/member/not", fault.Pointer)
}

// TestWarnings checks that every fault of the document is found at once, and that
// without the flag -strict it is a warning.
func TestWarnings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeDoc(t, dir, "openapi.yaml", `openapi: 3.1.0
components:
  schemas:
    Thing:
      summary: text
      type: object
      properties:
        price: {type: number, multipleOf: 0.01}
`)
	spec := filepath.ToSlash(filepath.Join(dir, "openapi.yaml"))
	want := []string{
		spec + `:5: #/components/schemas/Thing/summary: the keyword "summary" is unknown and has no effect: remove it, or begin its name with x-`,
		spec + `:8: #/components/schemas/Thing/properties/price/multipleOf: multipleOf is not enforced: values that it forbids are accepted`,
	}
	args := []string{"-spec", spec, "-out", filepath.Join(dir, "things"), "-package", "things"}
	var out, errs strings.Builder
	require.NoError(t, run(args, &out, &errs))
	assert.Equal(t, "eventgen: warning: "+want[0]+"\neventgen: warning: "+want[1]+"\n", errs.String())
	assert.FileExists(t, filepath.Join(dir, "things", "types_gen.go"))

	require.NoError(t, os.RemoveAll(filepath.Join(dir, "things")))
	errs.Reset()
	err := run(append(args, "-strict"), &out, &errs)
	assert.EqualError(t, err, strings.Join(want, "\n"))
	assert.Empty(t, errs.String(), "told once")
	assert.NoDirExists(t, filepath.Join(dir, "things"))
}

// failing generates strictly from an invalid document.
func failing(path string) error {
	cfg, err := configured(path, "wrong")
	cfg.Strict = true
	if err == nil {
		_, err = Generate(cfg)
	}
	return err
}
