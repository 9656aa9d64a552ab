package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
)

// mutant is one fault.
type mutant struct {
	At   string // file:line:column, with the file's path below the module.
	Type string // Gremlins' name of the change.

	covered bool // By the tests of the target itself.
	point   int  // The number of the place; 0 if the fault cannot be switched on.
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

// change is the number by which the fault is known at its point.
func (m mutant) change() int {
	if m.Type == "CONDITIONALS_BOUNDARY" {
		return 1
	}
	return 2
}

// list returns the mutants that gremlins finds below the target, in order, without those
// that are the same program as another. Gremlins runs the tests once, for their coverage.
func list(ctx context.Context, o options, module, target string) ([]mutant, error) {
	file := module + "-mutants.json"
	flags := "GOFLAGS=-skip=" + o.skip
	if o.short {
		flags += " -short"
	}
	cmd := exec.CommandContext(ctx, o.gremlins, "unleash", "--dry-run", "-o", file) //nolint:gosec // the program that the flag names
	cmd.Dir = filepath.Join(module, target)
	cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Dir(module), flags)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("gremlins: %w\n%s", err, out)
	}
	text, err := os.ReadFile(file) //nolint:gosec // below our own folder
	if err != nil {
		return nil, err
	}
	var doc struct {
		Files []struct {
			Name      string `json:"file_name"`
			Mutations []struct {
				Type, Status string
				Line, Column int
			}
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	var all []mutant
	for _, f := range doc.Files {
		for _, m := range f.Mutations {
			at := fmt.Sprintf("%s:%d:%d", path.Join(target, filepath.ToSlash(f.Name)), m.Line, m.Column)
			all = append(all, mutant{At: at, Type: m.Type, covered: m.Status == "RUNNABLE"})
		}
	}
	return unique(all), nil
}

// unique returns the mutants in order, and one of each program.
func unique(all []mutant) []mutant {
	slices.SortFunc(all, func(a, b mutant) int { return cmp.Compare(a.key(), b.key()) })
	return slices.CompactFunc(all, func(a, b mutant) bool { return a.key() == b.key() })
}
