package main

import (
	"flag"

	"github.com/spf13/cobra"

	"github.com/voicelane/realtime-go/cmd/internal/testserver"
)

func newServe() *cobra.Command {
	var opts testserver.Options
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a Realtime server for tests, without a model",
		Long: `Run a Realtime server for tests of clients in any language. It has no model: a script in
JSON says what it hears and answers, and without one it echoes. docs/test-server.md
describes scripts, recordings and incoming calls.

It prints one line once it is ready, and logs frames and requests to standard error.`,
		Example: `  realtime serve
  OPENAI_BASE_URL=http://127.0.0.1:8080/v1 realtime talk -text
  realtime serve -addr 127.0.0.1:0 -script script.json -like xAI`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := outputOf(cmd)
			var failed error
			err := opts.Run(cmd.Context(), out, out.remarks, func(url string) {
				failed = out.show(map[string]string{"ready": url}, "realtime serve is ready at %s", url)
			})
			if err != nil {
				return err
			}
			return failed
		},
	}
	set := flag.NewFlagSet(cmd.Use, flag.ContinueOnError)
	opts.Flags(set)
	cmd.Flags().AddGoFlagSet(set)
	return cmd
}
