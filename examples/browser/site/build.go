package site

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// app is the import path of the page's program.
const app = "github.com/voicelane/realtime-go/examples/browser/app"

// Size is the size of a built program in bytes.
type Size struct{ Raw, Compressed int64 }

// BuildApp builds the page's program into dir, with the JavaScript file that runs Go
// programs in a browser. It requires the go command; the current directory must be in
// this module.
func BuildApp(ctx context.Context, dir string) (Size, error) {
	var size Size
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // The files are public.
		return size, err
	}
	file := filepath.Join(dir, "app.wasm")
	// -s -w omits symbols, which a browser does not use.
	if err := Build(ctx, file, "build", "-trimpath", "-ldflags=-s -w", app); err != nil {
		return size, err
	}
	if err := copyExec(ctx, dir); err != nil {
		return size, err
	}
	raw, err := os.ReadFile(file) //nolint:gosec // Build has just written the file.
	if err != nil {
		return size, err
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return size, err
	}
	if _, err := z.Write(raw); err != nil {
		return size, err
	}
	if err := z.Close(); err != nil {
		return size, err
	}
	size = Size{Raw: int64(len(raw)), Compressed: int64(packed.Len())}
	return size, os.WriteFile(file+".gz", packed.Bytes(), 0o644) //nolint:gosec // The files are public.
}

// Build runs a command of go for GOOS=js that writes file.
func Build(ctx context.Context, file, command string, args ...string) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", append([]string{command, "-o", file}, args...)...) //nolint:gosec // The arguments are constant.
	cmd.Env = append(cmd.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", command, err, out)
	}
	return nil
}

// copyExec copies wasm_exec.js from GOROOT. It must match the Go version of the build.
func copyExec(ctx context.Context, dir string) error {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	from, err := os.Open(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	to, err := os.Create(filepath.Join(dir, "wasm_exec.js")) //nolint:gosec // The caller chooses the directory.
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		_ = to.Close()
		return err
	}
	return to.Close()
}
