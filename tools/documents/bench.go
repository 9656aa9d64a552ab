package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// outcome says what became of a document.
type outcome string

const (
	compiles outcome = "compiles"
	refused  outcome = "refused"
	broken   outcome = "does not compile"
	failed   outcome = "round trip fails"
)

// result is what became of a document.
type result struct {
	outcome  outcome
	took     time.Duration // Of the generator.
	warnings int
	message  string // The error, or "".
	tripped
}

// bench is a module of its own that holds the generated packages.
type bench struct {
	dir      string
	eventgen string
	keep     bool
	flags    []string // Further flags of the generator.
	types    bool
}

const (
	modulePath = "github.com/voicelane/realtime-go"
	// clientRuntime is what clients with parameters of a query import. The module does not
	// require it.
	clientRuntime = "github.com/oapi-codegen/runtime@v1.8.0"
)

// newBench builds the generator and makes the module.
func newBench(ctx context.Context, keep string) (*bench, error) {
	b := &bench{dir: keep, keep: keep != ""}
	var err error
	if keep == "" {
		b.dir, err = os.MkdirTemp("", "documents")
	} else {
		err = os.MkdirAll(keep, 0o755) //nolint:gosec // Source code is readable by all.
	}
	if err != nil {
		return nil, err
	}
	root, err := command(ctx, ".", "go", "list", "-m", "-f", "{{.Dir}}", modulePath)
	if err != nil {
		return nil, err
	}
	root = strings.TrimSpace(root)
	if b.eventgen, err = filepath.Abs(filepath.Join(b.dir, "eventgen.bin")); err != nil {
		return nil, err
	}
	if _, err := command(ctx, root, "go", "build", "-o", b.eventgen, "./cmd/eventgen"); err != nil {
		return nil, err
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod")) //nolint:gosec // The module's own file.
	if err != nil {
		return nil, err
	}
	text := strings.Replace(string(mod), "module "+modulePath, "module example.com/documents", 1) +
		"\nrequire " + modulePath + " v0.0.0\n\nreplace " + modulePath + " => " + root + "\n"
	sum, err := os.ReadFile(filepath.Join(root, "go.sum")) //nolint:gosec // As above.
	if err != nil {
		return nil, err
	}
	if err := errors.Join(write(filepath.Join(b.dir, "go.mod"), text), write(filepath.Join(b.dir, "go.sum"), string(sum))); err != nil {
		return nil, err
	}
	_, err = command(ctx, b.dir, "go", "get", clientRuntime)
	return b, err
}

func (b *bench) close() {
	if !b.keep {
		_ = os.RemoveAll(b.dir)
	}
}

// try generates a package called name from a document, compiles it and round-trips the
// document's payloads.
func (b *bench) try(ctx context.Context, doc, name string) *result {
	out := filepath.Join(b.dir, name)
	r := &result{}
	begin := time.Now()
	text, err := command(ctx, ".", b.eventgen, append([]string{"-spec", doc, "-out", out, "-package", name}, b.flags...)...)
	r.took = time.Since(begin)
	r.warnings = strings.Count(text, "eventgen: warning: ")
	if err != nil {
		lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
		r.outcome, r.message = refused, strings.TrimPrefix(lines[len(lines)-1], "eventgen: ")
		return r
	}
	if _, err := command(ctx, b.dir, "go", "vet", "./"+name); err != nil {
		r.outcome, r.message = broken, firstLines(err.Error(), 3)
		return r
	}
	r.outcome = compiles
	if r.tripped, err = trip(ctx, b.dir, doc, name, b.types); err != nil {
		r.outcome, r.message = failed, firstLines(err.Error(), 3)
	}
	return r
}

// command runs a program and returns what it prints. An error contains that, too.
func command(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // The program's own commands.
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%w\n%s", err, out.String())
	}
	return out.String(), nil
}

func firstLines(text string, n int) string {
	lines := strings.SplitN(strings.TrimSpace(text), "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], " ")
}
