// Command realtimetest runs the server of package realtimetest, for tests of clients in
// any language. It has no model: a JSON script gives the transcripts of input audio and
// the responses. Input that no rule of the script matches is echoed.
//
// When it is ready, it prints one line with its address to standard output. It logs
// frames and requests to standard error, and ends on an interrupt.
//
//	go run github.com/voicelane/realtime-go/cmd/realtimetest -addr 127.0.0.1:8080 -script script.json
//
// Requests below /control place incoming calls and are their callers; docs/test-server.md
// lists them.
//
// With -tls it serves TLS with a self-signed certificate for the loopback addresses.
// -cert is the file to which the certificate is written, so that clients can trust it.
//
// The subcommand serve of the command realtime is the same program. This one needs no
// module but the SDK's own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/voicelane/realtime-go/cmd/internal/testserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "realtimetest:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, then closes the server.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o testserver.Options
	flags := flag.NewFlagSet("realtimetest", flag.ContinueOnError)
	flags.SetOutput(stderr)
	o.Flags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return o.Run(ctx, stdout, stderr, func(url string) {
		fmt.Fprintf(stdout, "realtimetest is ready at %s\n", url)
	})
}
