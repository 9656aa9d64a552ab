package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// plan tells the program in place of go what to do.
type plan struct {
	Go     string // The real go.
	Self   string // The folder of the program in place of go.
	Module string // The module without a fault.
	Target string // The folder with the packages to mutate.
	Dir    string // For records.
	Cache  string // For the builds of each worker, in folders 0, 1, …; if empty, go's.

	Judges []string         // Further folders with tests that count.
	Suites map[string]suite // The tests by folder.
	Chosen map[string]bool  // The keys of the mutants to try.
}

func (p *plan) records() string { return filepath.Join(p.Dir, "records.jsonl") }

// environment is the one in which go is the real one.
func (p *plan) environment() []string {
	env := os.Environ()
	for i, entry := range env {
		if list, ok := strings.CutPrefix(entry, "PATH="); ok {
			dirs := slices.DeleteFunc(filepath.SplitList(list), func(dir string) bool { return dir == p.Self })
			env[i] = "PATH=" + strings.Join(dirs, string(filepath.ListSeparator))
		}
	}
	return env
}

func (p *plan) record(o outcome) error {
	line, err := json.Marshal(o)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(p.records(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}
