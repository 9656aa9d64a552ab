package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/proxy"
)

// recordingProxy is the subcommand record.
type recordingProxy struct {
	addr, url, dir string
	keep           []string
	test           bool
}

// keeps are the kinds of content that a recording can hold.
var keeps = []recording.Keep{recording.KeepText, recording.KeepTools, recording.KeepAudio, recording.KeepNumbers, recording.KeepFrames}

func newRecord() *cobra.Command {
	r := &recordingProxy{}
	cmd := &cobra.Command{
		Use:   "record",
		Short: "Record the calls of any client, as a proxy",
		Long: `Record the calls of clients in any language, as a proxy between them and the service. Set
the base URL of a client to the address that is printed; its own key is passed on, and
neither recorded nor logged. The service is at -url or OPENAI_BASE_URL.

A recording holds no text, no sound and no numbers, unless -keep asks for them.`,
		Example: `  realtime record -keep text,tools
  OPENAI_BASE_URL=http://127.0.0.1:8080/v1 node my-agent.mjs`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			keep, err := r.kept()
			if err != nil {
				return &usageError{err, cmd.CommandPath()}
			}
			return r.run(cmd.Context(), outputOf(cmd), keep)
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.addr, "addr", "127.0.0.1:8080", "`address` to listen on; port 0 picks a free one")
	f.StringVar(&r.url, "url", "", "base `URL` of the server (default: OPENAI_BASE_URL, or the service)")
	f.StringVar(&r.dir, "dir", "calls", "`directory` for the recordings")
	f.StringSliceVar(&r.keep, "keep", nil, "`content` to keep: text, tools, audio, numbers, frames (default: none)")
	f.BoolVar(&r.test, "test", false, "record a test server in this process")
	cmd.MarkFlagsMutuallyExclusive("url", "test")
	return cmd
}

func (r *recordingProxy) kept() ([]recording.Keep, error) {
	var kept []recording.Keep
	for _, name := range r.keep {
		if !slices.Contains(keeps, recording.Keep(name)) {
			return nil, fmt.Errorf("--keep: there is no content %q", name)
		}
		kept = append(kept, recording.Keep(name))
	}
	return kept, nil
}

// ready says where clients connect.
type ready struct {
	Ready    string `json:"ready"`
	Upstream string `json:"upstream"`
}

// service is the base URL of the service where no other is given.
const service = "https://api.openai.com/v1"

func (r *recordingProxy) run(ctx context.Context, out *output, keep []recording.Keep) error {
	base := cmp.Or(r.url, os.Getenv("OPENAI_BASE_URL"), service)
	if r.test {
		srv := realtimetest.NewServer(&realtimetest.Config{Credentials: anyClient})
		defer srv.Close()
		base = srv.URL
	}
	base = strings.TrimRight(base, "/")
	// The path of a base URL is the proxy's to add, but for /v1, which clients send.
	upstream, versioned := strings.CutSuffix(base, "/v1")
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return err
	}
	p, err := proxy.New(&proxy.Options{
		Upstream:  upstream,
		Recording: &recording.Options{Keep: keep},
		Log:       slog.New(slog.NewTextHandler(out.remarks, nil)),
		Open: func(c proxy.Call, o *recording.Options) (*recording.Writer, error) {
			name := filepath.Join(r.dir, c.ID+".jsonl")
			w, err := recording.Create(name, o)
			if err != nil {
				return nil, err
			}
			return w, out.show(map[string]string{"recording": name}, "%s", name)
		},
	})
	if err != nil {
		return fmt.Errorf("the service cannot be at %q: set --url or OPENAI_BASE_URL to an http or https address", base)
	}
	defer p.Close()
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", r.addr)
	if err != nil {
		return err
	}
	if own := listener.Addr().String(); base == "http://"+own || upstream == "http://"+own {
		return errors.Join(errItself, listener.Close())
	}
	at := ready{Ready: "http://" + listener.Addr().String(), Upstream: base}
	if versioned {
		at.Ready += "/v1"
	}
	if err := out.show(at, "realtime record is ready at %s, in front of %s", at.Ready, at.Upstream); err != nil {
		return errors.Join(err, listener.Close())
	}
	return serveUntil(ctx, listener, p)
}

// errItself is returned when the address of the service is that of the proxy, as when
// OPENAI_BASE_URL is set for its clients.
var errItself = errors.New("the service would be this proxy itself: unset OPENAI_BASE_URL, or give the service's address with --url")

// serveUntil serves until ctx ends.
func serveUntil(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
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
