package report

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sys/cpu"
)

// peers are the modules whose versions the report lists.
var peers = []string{
	"coder/websocket", "emmansun/base64", "go-faster/jx", "go-json-experiment/json", "goccy/go-json", "gorilla/websocket",
	"openai/openai-go/v3", "segmentio/asm",
}

// Facts returns the versions and the machine of the measurement. The current directory
// must be bench. The directory node has the vendor's Node package.
func Facts(ctx context.Context, node string) []string {
	out := []string{fmt.Sprintf("%s%s, %d cores, %s/%s, %s", processor(), vectors(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())}
	if text := commit(ctx); text != "" {
		out = append(out, text)
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		var versions []string
		for _, path := range peers {
			for _, dep := range info.Deps {
				if dep.Path == "github.com/"+path {
					versions = append(versions, path+" "+dep.Version)
				}
			}
		}
		out = append(out, strings.Join(versions, ", "))
	}
	if version := output(ctx, "node", "--version"); version != "" {
		out = append(out, "node "+version+installed(node, "openai")+installed(node, "ws"))
	}
	return append(out, "*community client* is a stand-in: the module of the real one is not available here ([the peers](README.md#the-peers))")
}

// commit returns what is checked out, or "" without git.
func commit(ctx context.Context) string {
	name := output(ctx, "git", "rev-parse", "--short=12", "HEAD")
	if name == "" {
		return ""
	}
	text := "commit " + name
	if output(ctx, "git", "status", "--porcelain", "--", "../wire", "../gen", "../realtime", "../internal") != "" {
		text += ", with changes"
	}
	return text
}

// Now returns when and of what a measurement is. The current directory must be bench.
func Now(ctx context.Context) string {
	return time.Now().UTC().Format(time.DateOnly) + ", " + cmp.Or(commit(ctx), "of no commit")
}

// vectors returns the vector extensions that the codec's assembly uses.
func vectors() string {
	switch {
	case cpu.X86.HasAVX512VBMI:
		return " with AVX-512"
	case cpu.X86.HasAVX2:
		return " with AVX2"
	default:
		return ""
	}
}

// installed returns the version of a Node package, or "" if it is not installed.
func installed(dir, name string) string {
	text, err := os.ReadFile(filepath.Join(dir, "node_modules", name, "package.json")) //nolint:gosec // The caller chooses the directory.
	if err != nil {
		return ""
	}
	var p struct {
		Version string `json:"version"`
	}
	if json.Unmarshal(text, &p) != nil {
		return ""
	}
	return ", " + name + " " + p.Version
}

func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "processor unknown"
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "processor unknown"
}

// output returns the output of a command, or "" if it fails.
func output(ctx context.Context, name string, args ...string) string {
	out, err := exec.CommandContext(ctx, name, args...).Output() //nolint:gosec // The command line is this program's own.
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
