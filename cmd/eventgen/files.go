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

// generatedFiles is the pattern of the files that belong to the generator.
const generatedFiles = "*_gen.go"

// Write replaces the generated files in a folder.
func Write(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // source code is for everyone to read
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
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil { //nolint:gosec // as above
			return err
		}
	}
	return nil
}

// Check compares a folder with what should be in it, names every file that
// differs, and fails if there is one.
func Check(dir string, files map[string][]byte, report io.Writer) error {
	drift := 0
	tell := func(what, name string) {
		drift++
		fmt.Fprintf(report, "%s: %s\n", what, filepath.ToSlash(filepath.Join(dir, name)))
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		have, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // the folder is the caller's choice
		switch {
		case errors.Is(err, fs.ErrNotExist):
			tell("missing", name)
		case err != nil:
			return err
		case !bytes.Equal(have, files[name]):
			tell("changed", name)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if files[e.Name()] == nil {
			tell("extra", e.Name())
		}
	}
	if drift > 0 {
		return fmt.Errorf("%d files in %s are not what the specification gives: run go generate", drift, dir)
	}
	return nil
}
