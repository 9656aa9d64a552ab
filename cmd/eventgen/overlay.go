package main

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// overlay has two folders of templates. A file of the first hides the file of that name
// in the second.
type overlay [2]fs.FS

// Open opens a file of the upper folder, or else of the lower one.
func (o overlay) Open(name string) (fs.File, error) {
	f, err := o[0].Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return o[1].Open(name)
	}
	return f, err
}

// ReadDir lists the files of both folders.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	upper, err := fs.ReadDir(o[0], name)
	if err != nil {
		return nil, err
	}
	lower, err := fs.ReadDir(o[1], name)
	if err != nil {
		return nil, err
	}
	for _, e := range lower {
		if !slices.ContainsFunc(upper, func(u fs.DirEntry) bool { return u.Name() == e.Name() }) {
			upper = append(upper, e)
		}
	}
	slices.SortFunc(upper, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return upper, nil
}
