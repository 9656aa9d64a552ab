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
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/realtimetest/like"
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

// options are the command's flags.
type options struct {
	addr, script, replay, record, cert, key, like string
	tls, quiet, schema, unknown                   bool
	pace, speed                                   float64
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("realtimetest", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8080", "`address` to listen on; port 0 picks a free one")
	flags.StringVar(&o.script, "script", "", "JSON `file` with the script")
	flags.StringVar(&o.replay, "replay", "", "transcript `file` to play to each client instead of a script")
	flags.StringVar(&o.record, "record", "", "`directory` for the transcripts of sessions, which -replay reads")
	flags.Float64Var(&o.pace, "pace", 1, "`speed` of spoken answers, as a multiple of real time; 0 for no delay")
	flags.Float64Var(&o.speed, "clock", 1, "`speed` of the server's clock: with 60, a session of 60 minutes ends after one minute")
	flags.StringVar(&o.key, "key", "", "the only API `key` to accept (default: any)")
	flags.StringVar(&o.like, "like", "", "`name` of a server whose deviations to show: "+strings.Join(servers(), ", "))
	flags.BoolVar(&o.unknown, "allow-unknown", false, "accept members and events that the specification does not have")
	flags.BoolVar(&o.tls, "tls", false, "serve TLS with a self-signed certificate")
	flags.StringVar(&o.cert, "cert", "", "`file` for the certificate of -tls")
	flags.BoolVar(&o.quiet, "quiet", false, "log nothing")
	flags.BoolVar(&o.schema, "schema", false, "print the JSON schema of scripts and exit")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return o, nil
}

// run serves until ctx ends, then closes the server.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if o.schema {
		_, err := stdout.Write(realtimetest.ScriptSchema())
		return err
	}
	if o.record != "" {
		if err := os.MkdirAll(o.record, 0o755); err != nil { //nolint:gosec // Transcripts hold no secrets.
			return err
		}
	}
	log := &lineWriter{w: stderr}
	cfg, err := o.config(log)
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", o.addr)
	if err != nil {
		return err
	}
	scheme := "http"
	if o.tls {
		certificate, err := selfSigned(o.cert)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		scheme = "https"
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	}
	if o.record != "" {
		k := &keeper{dir: o.record, log: log}
		defer k.writing.Wait() // Runs after srv.Close, which ends the sessions.
		cfg.DiscardLog, cfg.Observe = false, both(k.observe, cfg.Observe)
	}
	srv := realtimetest.New(cfg)
	defer srv.Close()
	handler := (&control{srv: srv, key: o.key}).handle(srv)
	if !o.quiet {
		handler = logRequests(handler, log)
	}
	return serve(ctx, listener, handler, func() {
		fmt.Fprintf(stdout, "realtimetest is ready at %s://%s/v1\n", scheme, listener.Addr())
	})
}

// servers returns the names for -like.
func servers() []string { return slices.Sorted(maps.Keys(like.All())) }

func (o *options) config(log io.Writer) (*realtimetest.Config, error) {
	cfg := &realtimetest.Config{Pace: o.pace, DiscardLog: true, AllowUnknown: o.unknown}
	if o.like != "" {
		if cfg.Like = like.All()[o.like]; cfg.Like == nil {
			return nil, fmt.Errorf("-like: there is no server %q; the servers are %s", o.like, strings.Join(servers(), ", "))
		}
	}
	if o.speed != 1 {
		cfg.Clock = realtimetest.FastClock(o.speed)
	}
	if o.key != "" {
		cfg.Credentials = func(c realtimetest.Credential) error {
			if c.Key != o.key {
				return errors.New("the key differs from the server's -key")
			}
			return nil
		}
	}
	if !o.quiet {
		cfg.Observe = logFrames(log)
	}
	err := errors.Join(
		reading(o.script, func(f *os.File) error {
			script, err := realtimetest.ReadScript(f, os.DirFS(filepath.Dir(o.script)))
			if err == nil {
				cfg.Script = *script
			}
			return err
		}),
		reading(o.replay, func(f *os.File) (err error) {
			cfg.Replay, err = realtimetest.ReadTranscript(f)
			return err
		}),
	)
	return cfg, err
}

// reading opens a file, if name is not empty, and adds name to errors of read.
func reading(name string, read func(*os.File) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Open(name) //nolint:gosec // The user chooses the file.
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // The file is only read.
	if err := read(f); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

type observer = func(*realtimetest.Conn, realtimetest.Entry)

// both returns an observer that calls a and b; b may be nil.
func both(a, b observer) observer {
	if b == nil {
		return a
	}
	return func(c *realtimetest.Conn, e realtimetest.Entry) { a(c, e); b(c, e) }
}

// serve serves until ctx ends. It does not wait for sessions; the caller closes their
// server.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, ready func()) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	ready()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	err := server.Close()
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
