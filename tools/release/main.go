// Command release tags a version of all modules of the repository, without pushing.
//
//	go run ./tools/release -version v0.4.0
//
// The module of the root is tagged on the current commit. The modules below it replace it by
// the folder above, which a published module must not: go install refuses its commands, and
// importers cannot resolve it. They are tagged on a commit beside the branch, whose go.mod files require the
// version and replace nothing.
//
// With -check everything is made, the modules are installed and imported from a module proxy of
// files as users get them, and all is removed again. No network is needed for modules that are
// in the cache.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	version := flag.String("version", "", "`version`, such as v0.4.0")
	check := flag.Bool("check", false, "try the release, and leave nothing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *version, *check, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, version string, check bool, log io.Writer) (err error) {
	if check && version == "" {
		version = "v0.999.0"
	}
	r, err := newRelease(ctx, version, check, log)
	if err != nil {
		return err
	}
	defer r.remove()
	if err := r.prepare(ctx); err != nil {
		return err
	}
	if err := r.try(ctx); err != nil {
		return err
	}
	if check {
		return nil
	}
	return r.tag(ctx)
}
