// Command browser serves a page for a spoken conversation. The session runs in the
// page, in Go built for the browser. This server only creates short-lived secrets for
// the page, so that the API key does not leave it.
//
//	go run ./examples/browser
//
// needs neither key nor network: the page connects to a server in this process, which
// plays a script. With LIVE=1 and OPENAI_API_KEY set the page connects to the API:
//
//	LIVE=1 go run ./examples/browser
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/voicelane/realtime-go/examples/browser/site"
	"github.com/voicelane/realtime-go/gen/api"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to serve at; only loopback hosts are served")
	model := flag.String("model", string(api.ModelGPTRealtime2_1), "model to talk to")
	build := flag.String("build", "", "build the page's program into this directory, print its size and exit")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := errors.New("unexpected arguments")
	switch {
	case flag.NArg() > 0:
	case *build != "":
		err = buildOnly(ctx, *build)
	default:
		err = run(ctx, *addr, *model)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called.
	}
}

func buildOnly(ctx context.Context, dir string) error {
	size, err := site.BuildApp(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Printf("%s/app.wasm: %.2f MB, compressed %.2f MB\n", dir, float64(size.Raw)/1e6, float64(size.Compressed)/1e6)
	return nil
}

func run(ctx context.Context, addr, model string) error {
	dir, err := os.MkdirTemp("", "realtime-browser-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	fmt.Println("building the page's program …")
	if _, err := site.BuildApp(ctx, dir); err != nil {
		return err
	}
	cfg := &site.Config{App: os.DirFS(dir), Model: model, Logger: slog.Default()}
	if os.Getenv("LIVE") == "1" {
		err = site.Live(cfg)
	} else {
		var end func()
		end, err = site.InProcess(cfg)
		defer end()
	}
	if err != nil {
		return err
	}
	handler, err := site.New(cfg)
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	fmt.Printf("open http://%s\n", l.Addr())
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
