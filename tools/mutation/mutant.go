package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// mutant is one fault.
type mutant struct {
	At   string // file:line:column, with the file's path below the module.
	Type string // Gremlins' name of the change, or the tokens: "< >=".

	covered bool
}

// changes lists what gremlins replaces a token by, by its name of the change. It is what
// tells which of a place's mutants a changed file holds.
var changes = map[string]map[string]string{
	"ARITHMETIC_BASE":       {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*"},
	"INVERT_NEGATIVES":      {"-": "+"},
	"CONDITIONALS_BOUNDARY": {">=": ">", ">": ">=", "<=": "<", "<": "<="},
	"CONDITIONALS_NEGATION": {"==": "!=", "!=": "==", ">=": "<", "<": ">=", ">": "<=", "<=": ">"},
	"INCREMENT_DECREMENT":   {"++": "--", "--": "++"},
}

// key is the same for mutants that are the same program: a - b becomes a + b under two
// names.
func (m mutant) key() string {
	kind := m.Type
	if kind == "INVERT_NEGATIVES" {
		kind = "ARITHMETIC_BASE"
	}
	return m.At + " " + kind
}

// errNoMutant is returned by find when no file differs.
var errNoMutant = errors.New("no file of the copy differs")

// find returns the one mutant by which the folder target of a copy differs from the module.
func find(module, copied, target string) (mutant, error) {
	var found mutant
	err := filepath.WalkDir(filepath.Join(copied, target), func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		name, err := filepath.Rel(copied, file)
		if err != nil {
			return err
		}
		changed, err := os.ReadFile(file) //nolint:gosec // of the copy
		if err != nil {
			return err
		}
		original, err := os.ReadFile(filepath.Join(module, name)) //nolint:gosec // of the module
		if err != nil || bytes.Equal(changed, original) {
			return err
		}
		line, column, from, to, ok := differ(original, changed)
		if !ok {
			return nil
		}
		found = mutant{At: fmt.Sprintf("%s:%d:%d", filepath.ToSlash(name), line, column), Type: from + " " + to}
		for kind, tokens := range changes {
			if tokens[from] == to && kind != "INVERT_NEGATIVES" {
				found.Type = kind
			}
		}
		return fs.SkipAll
	})
	if err == nil && found.At == "" {
		err = errNoMutant
	}
	return found, err
}

// differ returns the first token of a file that is another one in the changed file, and
// its place. Gremlins formats what it writes, so that spaces differ, too.
func differ(original, changed []byte) (line, column int, from, to string, ok bool) {
	a, b := newTokens(original), newTokens(changed)
	for {
		at, before := a.next()
		_, after := b.next()
		if before != after {
			return at.Line, at.Column, before, after, true
		}
		if before == "" {
			return 0, 0, "", "", false
		}
	}
}

// tokens reads the tokens of a file, without comments.
type tokens struct {
	scanner scanner.Scanner
	file    *token.File
}

func newTokens(text []byte) *tokens {
	var t tokens
	t.file = token.NewFileSet().AddFile("", -1, len(text))
	t.scanner.Init(t.file, text, nil, 0)
	return &t
}

// next returns a token and where it is, or "" at the end.
func (t *tokens) next() (token.Position, string) {
	for {
		pos, kind, text := t.scanner.Scan()
		switch {
		case kind == token.EOF:
			return token.Position{}, ""
		case kind == token.SEMICOLON && text == "\n":
			continue
		case kind.IsOperator():
			text = kind.String()
		}
		return t.file.Position(pos), text
	}
}
