// Package testserver is the server of package realtimetest as a program: what the commands
// realtimetest and realtime serve have in common.
package testserver

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
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/realtimetest/like"
)

// Options are the settings of the program. Flags defines them.
type Options struct {
	addr, script, replay, record, cert, key, like string
	tls, quiet, schema, unknown                   bool
	pace, speed                                   float64
}

// Flags adds the flags of all options to a set.
func (o *Options) Flags(flags *flag.FlagSet) {
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8080", "`address` to listen on; port 0 picks a free one")
	flags.StringVar(&o.script, "script", "", "JSON `file` with the script")
	flags.StringVar(&o.replay, "replay", "", "recording `file` to play to each client instead of a script")
	flags.StringVar(&o.record, "record", "", "`directory` for the recordings of sessions, which -replay reads")
	flags.Float64Var(&o.pace, "pace", 1, "`speed` of spoken answers, as a multiple of real time; 0 for no delay")
	flags.Float64Var(&o.speed, "clock", 1, "`speed` of the server's clock: with 60, a session of 60 minutes ends after one minute")
	flags.StringVar(&o.key, "key", "", "the only API `key` to accept (default: any, or none)")
	flags.StringVar(&o.like, "like", "", "`name` of a server whose deviations to show: "+strings.Join(servers(), ", "))
	flags.BoolVar(&o.unknown, "allow-unknown", false, "accept members and events that the specification does not have")
	flags.BoolVar(&o.tls, "tls", false, "serve TLS with a self-signed certificate")
	flags.StringVar(&o.cert, "cert", "", "`file` for the certificate of -tls")
	flags.BoolVar(&o.quiet, "quiet", false, "log nothing")
	flags.BoolVar(&o.schema, "schema", false, "print the JSON schema of scripts and exit")
}

// Run serves until ctx ends, then closes the server and returns nil. It calls ready with
// the base URL for clients once it listens. The frames and requests are logged to stderr.
func (o *Options) Run(ctx context.Context, stdout, stderr io.Writer, ready func(url string)) error {
	if o.schema {
		_, err := stdout.Write(realtimetest.ScriptSchema())
		return err
	}
	if o.record != "" {
		if err := os.MkdirAll(o.record, 0o755); err != nil { //nolint:gosec // Recordings hold no secrets.
			return err
		}
	}
	log := &lineWriter{w: stderr}
	cfg, err := o.config()
	if err != nil {
		return err
	}
	if !o.quiet {
		frames := &frameLog{w: log}
		defer frames.waiting.Wait() // Runs after srv.Close, which ends the sessions.
		cfg.Observe = frames.observe
	}
	listener, scheme, err := o.listen(ctx)
	if err != nil {
		return err
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
		ready(fmt.Sprintf("%s://%s/v1", scheme, listener.Addr()))
	})
}

// listen listens, with TLS if that is asked for.
func (o *Options) listen(ctx context.Context) (l net.Listener, scheme string, err error) {
	var lc net.ListenConfig
	l, err = lc.Listen(ctx, "tcp", o.addr)
	if err != nil || !o.tls {
		return l, "http", err
	}
	certificate, err := selfSigned(o.cert)
	if err != nil {
		return nil, "", errors.Join(err, l.Close())
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}), "https", nil
}

// servers returns the names for -like.
func servers() []string { return slices.Sorted(maps.Keys(like.All())) }

func (o *Options) config() (*realtimetest.Config, error) {
	cfg := &realtimetest.Config{Pace: o.pace, DiscardLog: true, AllowUnknown: o.unknown}
	if o.like != "" {
		if cfg.Like = like.All()[o.like]; cfg.Like == nil {
			return nil, fmt.Errorf("-like: there is no server %q; the servers are %s", o.like, strings.Join(servers(), ", "))
		}
	}
	if o.speed != 1 {
		cfg.Clock = realtimetest.FastClock(o.speed)
	}
	cfg.Credentials = func(c realtimetest.Credential) error {
		if o.key != "" && c.Key != o.key {
			return errors.New("the key differs from the server's -key")
		}
		return nil
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
