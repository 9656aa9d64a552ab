package doccode

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Document is a Markdown file.
type Document struct {
	Path   string // Relative to the root, with slashes.
	Blocks []Block
	Prose  []Line // The lines outside of blocks.
}

// Block is a fenced block of code.
type Block struct {
	File string
	Line int    // Of its first line of code.
	Lang string // What follows the fence up to a space, such as go.
	Text string
	// Vars declares names that a fragment uses, as in Go, one a line. It is what a comment
	// above the block has after "go:", separated by semicolons.
	Vars []string
	// TestedBy names the test that compiles a block which is not of this module. It is what
	// such a comment has after "go: tested by".
	TestedBy string
}

// Line is a line of a document.
type Line struct {
	Number int
	Text   string
}

// skipped are folders without documents of the repository.
var skipped = []string{"node_modules", "testdata", "demo-out", "wasm-out"}

// Documents reads the Markdown files below root.
func Documents(root string) ([]*Document, error) {
	var docs []*Document
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || slices.Contains(skipped, d.Name())):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		data, err := os.ReadFile(path) //nolint:gosec // A document of the repository.
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		docs = append(docs, Parse(filepath.ToSlash(name), string(data)))
		return nil
	})
	return docs, err
}

var (
	declares = regexp.MustCompile(`^<!-- go: (.*) -->$`)
	testedBy = regexp.MustCompile(`^<!-- go: tested by (\S+) -->$`)
)

// Parse splits a document into blocks and prose. A block that does not end is prose's end.
func Parse(path, text string) *Document {
	doc := &Document{Path: path}
	var block *Block
	var fence, indent string
	var next Block
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		trimmed := strings.TrimSpace(line)
		switch {
		case block != nil && trimmed == fence:
			doc.Blocks = append(doc.Blocks, *block)
			block = nil
		case block != nil:
			block.Text += strings.TrimPrefix(line, indent) + "\n"
		case strings.HasPrefix(trimmed, "```"):
			info := strings.TrimLeft(trimmed, "`")
			fence = trimmed[:len(trimmed)-len(info)]
			indent, _, _ = strings.Cut(line, "`")
			lang, _, _ := strings.Cut(info, " ")
			block = &Block{File: path, Line: number + 1, Lang: lang, Vars: next.Vars, TestedBy: next.TestedBy}
			next = Block{}
		default:
			next = next.told(trimmed)
			doc.Prose = append(doc.Prose, Line{number, line})
		}
	}
	return doc
}

// told returns what a line of prose says of the block that follows it.
func (b *Block) told(line string) Block {
	if line == "" {
		return *b
	} else if m := testedBy.FindStringSubmatch(line); m != nil {
		return Block{TestedBy: m[1]}
	} else if m := declares.FindStringSubmatch(line); m != nil {
		return Block{Vars: strings.Split(m[1], "; ")}
	}
	return Block{}
}

// String returns the place of a block.
func (b *Block) String() string { return fmt.Sprintf("%s:%d", b.File, b.Line) }
