package main

import (
	"os"
	"path/filepath"
)

// create creates a file and its folder.
func create(name string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // The file is ordinary program output.
		return nil, err
	}
	return os.Create(name) //nolint:gosec // The user chooses the name.
}
