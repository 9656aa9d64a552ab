package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
)

// statusError is an exit status without a message.
type statusError int

func (s statusError) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// positional parses flags before, between and after exactly n arguments, and returns
// the arguments.
func positional(flags *flag.FlagSet, args []string, n int) ([]string, error) {
	var names []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			break
		}
		names = append(names, flags.Arg(0))
		args = flags.Args()[1:]
	}
	if len(names) != n {
		return nil, fmt.Errorf("%s takes %d arguments, not %d", flags.Name(), n, len(names))
	}
	return names, nil
}

func readOverrides(file string) (*diff.Overrides, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // No file, no overrides.
	}
	data, err := os.ReadFile(file) //nolint:gosec // The caller chooses the file.
	if err != nil {
		return nil, err
	}
	return diff.ReadOverrides(file, data)
}
