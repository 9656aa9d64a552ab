package main

import (
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

// create makes a file that is readable by its owner alone, since it holds what was said.
// With force it replaces an existing one, which otherwise is an error.
func create(name string, force bool) (*os.File, error) {
	flags := os.O_CREATE | os.O_WRONLY | os.O_EXCL
	if force {
		flags = os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	}
	return os.OpenFile(name, flags, 0o600) //nolint:gosec // The user chooses the file.
}
