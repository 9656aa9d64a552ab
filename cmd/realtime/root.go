package main

import (
	"context"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// run runs the command and returns its exit status.
func run(args []string) int {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	begun := false
	root := newRoot()
	for _, cmd := range root.Commands() {
		next := cmd.RunE
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			begun = true // Errors before this are about the command line.
			return next(cmd, args)
		}
	}
	strict(root)
	root.SetArgs(doubleDashes(args))
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !begun {
		err = &usageError{err: err, command: cmd.CommandPath()}
	}
	return status(ctx, err, os.Stderr)
}

// strict makes the library's own commands fail for arguments that they do not know. They
// print help otherwise, with status 0, to where a shell's script should be.
func strict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion":
			cmd.Args = cobra.NoArgs
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				found, rest, err := root.Find(args)
				if err == nil {
					err = cobra.NoArgs(found, rest)
				}
				return err
			}
		}
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "realtime",
		Short: "Live voice over the Realtime API, from a terminal",
		Long: `Live voice over the Realtime API, from a terminal.

The key is read from OPENAI_API_KEY, and the address from OPENAI_BASE_URL. Without a key,
commands that need a server talk to a test server in this process, and say so.

Ctrl-C ends every command in good order, with exit status 130. Other statuses are 0 for
success, 1 for a failure, and 2 for a command line that is not understood.`,
		Version:       buildOf(debug.ReadBuildInfo()).String(),
		SilenceErrors: true, // Printed by status.
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("realtime {{.Version}}\n")
	root.PersistentFlags().Bool("json", false, "print JSON, one value a line, for programs")
	root.AddCommand(
		newCost(), newProbe(), newRecord(), newReplay(), newRun(), newServe(), newTail(), newTalk(), newTranscribe(), newTranslate(), newVersion(), newView(),
	)
	return root
}

// doubleDashes returns the arguments with flags such as -text written as --text, so that
// both forms work, as with Go's own commands.
func doubleDashes(args []string) []string {
	out := make([]string, len(args))
	copy(out, args)
	for i, arg := range out {
		switch {
		case arg == "--":
			return out
		case len(arg) > 2 && arg[0] == '-' && arg[1] >= 'a' && arg[1] <= 'z' && strings.Trim(name(arg), "abcdefghijklmnopqrstuvwxyz-") == "":
			out[i] = "-" + arg
		}
	}
	return out
}

// name returns the name of a flag without dashes and value.
func name(arg string) string {
	before, _, _ := strings.Cut(arg, "=")
	return before
}
