package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

var update = flag.Bool("update", false, "rewrite the expected results in testdata")

// configured reads a document. Its first line may have flags, such as
// "# eventgen: -unions A,B" or "# eventgen: -times".
func configured(path, pkg string) (Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, err
	}
	cfg := Config{Package: pkg, Client: true}
	first, _, _ := strings.Cut(string(data), "\n")
	if names, ok := strings.CutPrefix(first, "# eventgen: -unions "); ok {
		cfg.Unions = strings.Split(names, ",")
	}
	cfg.Times = first == "# eventgen: -times"
	cfg.Spec, err = specdoc.Read(filepath.ToSlash(path), os.ReadFile)
	return cfg, err
}

// TestGolden generates from each document in testdata/golden and compares the result
// with the package beside it.
func TestGolden(t *testing.T) {
	t.Parallel()
	specs, err := filepath.Glob("testdata/golden/*/*api.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, specs)
	for _, spec := range specs {
		dir := filepath.Dir(spec)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			cfg, err := configured(spec, filepath.Base(dir))
			require.NoError(t, err)
			got, err := Generate(cfg)
			require.NoError(t, err)
			compareWarnings(t, dir, &cfg)
			if *update {
				require.NoError(t, Write(dir, got))
				return
			}
			want, err := filepath.Glob(filepath.Join(dir, generatedFiles))
			require.NoError(t, err)
			for i, path := range want {
				want[i] = filepath.Base(path)
				data, err := os.ReadFile(path)
				require.NoError(t, err)
				assert.Equal(t, string(data), string(got[want[i]]), path)
			}
			assert.Equal(t, want, slices.Sorted(maps.Keys(got)))
		})
	}
}

// compareWarnings compares the warnings about a document with warnings.txt beside it,
// which does not exist if there are none.
func compareWarnings(t *testing.T, dir string, cfg *Config) {
	t.Helper()
	var got strings.Builder
	for _, w := range cfg.Warnings() {
		fmt.Fprintln(&got, strings.TrimPrefix(w.Error(), filepath.ToSlash(dir)+"/"))
	}
	path := filepath.Join(dir, "warnings.txt")
	if *update && got.Len() > 0 {
		require.NoError(t, os.WriteFile(path, []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
	assert.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), got.String())
}

// TestGoldenPackages compiles and vets the expected packages and runs their tests.
func TestGoldenPackages(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("calls the go command")
	}
	command(t, ".", "test", "./testdata/golden/...")
}

// command runs the go command in a folder.
func command(t *testing.T, dir string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	require.NoError(t, err, "go %s\n%s", strings.Join(args, " "), out)
}
