package importer

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
	"github.com/voicelane/realtime-go/internal/specdoc"
)

// Input is the input of Run.
type Input struct {
	Spec     string       // The main file of our specification.
	Open     specdoc.Open // Reads the files.
	Upstream *diff.Document
	// Overrides are the intended differences.
	Overrides *diff.Overrides
}

// Result is the result of Run.
type Result struct {
	Files  map[string][]byte // The changed files of the specification, by name.
	Merged []string          // A line for each merged change.
	Left   []string          // A line with the reason for each other change.
}

type importer struct {
	in     Input
	upRoot *yaml.Node
	files  map[string][]byte // Our specification with the changes so far.

	ours  *diff.Document   // Our specification as it was last compared.
	texts map[string]*text // The files that the current change edits.
	emit  *emitter
}

// read reads a file of our specification for the first time.
func (im *importer) read(name string) ([]byte, error) {
	data, err := im.in.Open(name)
	im.files[name] = data
	return data, err
}

// current returns a file with the changes so far.
func (im *importer) current(name string) ([]byte, error) { return im.files[name], nil }

// edited returns a file with the changes so far and the current one.
func (im *importer) edited(name string) ([]byte, error) {
	if t := im.texts[name]; t != nil {
		return t.bytes(), nil
	}
	return im.current(name)
}

func (im *importer) compare(open specdoc.Open) (*diff.Report, error) {
	ours, err := diff.Read(im.in.Spec, open)
	if err != nil {
		return nil, err
	}
	im.ours = ours
	return diff.Compare(ours, im.in.Upstream, diff.Options{Overrides: im.in.Overrides, NoNames: true})
}

// lists reports whether our component lists these values, in any order.
func (im *importer) lists(name string, list []string) bool {
	e, err := im.find(schemas + name)
	if err != nil {
		return false
	}
	for _, key := range []string{"enum", "x-known-values"} {
		if have := values(child(e.value, key).value); have != nil {
			slices.Sort(have)
			return slices.Equal(have, slices.Sorted(slices.Values(list)))
		}
	}
	return false
}

// place is an entry of one of our files.
type place struct {
	entry

	text    *text
	pointer string // The pointer in the merged document.
}

// find returns the entry at a pointer of our merged document, in its file.
func (im *importer) find(pointer string) (place, error) {
	n := specdoc.At(im.ours.Spec.Root, pointer)
	if n == nil {
		return place{}, fmt.Errorf("%s does not exist", pointer)
	}
	at := im.ours.Spec.Position(n, pointer)
	t, err := im.open(at.File)
	if err != nil {
		return place{}, err
	}
	written := pointer
	if at.Written != "" {
		written = at.Written
	}
	e, err := t.find(written)
	return place{e, t, pointer}, err
}

// open returns the text of a file for the current change to edit.
func (im *importer) open(file string) (*text, error) {
	if t := im.texts[file]; t != nil {
		return t, t.reparse()
	}
	t, err := parse(im.files[file])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	im.texts[file] = t
	return t, nil
}

// upstream returns the node at a pointer of the upstream document.
func (im *importer) upstream(pointer string) (*yaml.Node, error) {
	t := text{root: im.upRoot}
	e, err := t.find(pointer)
	return e.value, err
}

// protocol returns the protocol of our union, or nil.
func (im *importer) protocol(union string) *specdoc.Protocol {
	for _, p := range im.ours.Spec.Protocols {
		if p.Union == union {
			return p
		}
	}
	return nil
}
