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

// TestErrors generates from each invalid document in testdata/errors. The document's
// comment "# want:" is the error: line, pointer and text.
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

// failing generates from an invalid document.
func failing(path string) error {
	cfg, err := configured(path, "wrong")
	if err == nil {
		_, err = Generate(cfg)
	}
	return err
}
