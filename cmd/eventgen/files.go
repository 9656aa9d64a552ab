package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// generatedFiles is the pattern of the files that the generator owns.
const generatedFiles = "*_gen.go"

// Write replaces the generated files in a folder.
func Write(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // Source code is readable by all.
		return err
	}
	stale, err := filepath.Glob(filepath.Join(dir, generatedFiles))
	if err != nil {
		return err
	}
	for _, path := range stale {
		if files[filepath.Base(path)] == nil {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil { //nolint:gosec // As above.
			return err
		}
	}
	return nil
}

// Check compares a folder with the expected files. It writes the name of each file that
// differs to report, and then returns an error.
func Check(dir string, files map[string][]byte, report io.Writer) error {
	drift := 0
	differs := func(what, name string) {
		drift++
		fmt.Fprintf(report, "%s: %s\n", what, filepath.ToSlash(filepath.Join(dir, name)))
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		have, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // The caller chooses the folder.
		switch {
		case errors.Is(err, fs.ErrNotExist):
			differs("missing", name)
		case err != nil:
			return err
		case !bytes.Equal(have, files[name]):
			differs("changed", name)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if files[e.Name()] == nil {
			differs("extra", e.Name())
		}
	}
	if drift > 0 {
		return fmt.Errorf("%d files in %s differ from the specification: run go generate", drift, dir)
	}
	return nil
}
