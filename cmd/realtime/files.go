package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// recordingFiles completes the names of recordings.
func recordingFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"jsonl", "gz"}, cobra.ShellCompDirectiveFilterFileExt
}

// wavFiles completes the names of WAV files.
func wavFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"wav"}, cobra.ShellCompDirectiveFilterFileExt
}

// beside returns the name of a file with another extension in place of those that it has.
func beside(name, extension string) string {
	for _, old := range []string{".jsonl.gz", ".jsonl", ".wav", ".WAV"} {
		if base, ok := strings.CutSuffix(name, old); ok {
			return base + extension
		}
	}
	return name + extension
}

// existsError is returned for a file that --force would replace. flag chooses another.
type existsError struct {
	err  error
	flag string
}

func (e *existsError) Error() string { return e.err.Error() }
func (e *existsError) Unwrap() error { return e.err }

// create makes a file that is readable by its owner alone, since it holds what was said.
// With force it replaces an existing one, which otherwise is an *existsError. flag is the
// one that names the file.
func create(name string, force bool, flag string) (*os.File, error) {
	mode := os.O_CREATE | os.O_WRONLY | os.O_EXCL
	if force {
		mode = os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	}
	f, err := os.OpenFile(name, mode, 0o600) //nolint:gosec // The user chooses the file.
	if errors.Is(err, fs.ErrExist) {
		err = &existsError{err, flag}
	}
	return f, err
}
