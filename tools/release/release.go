package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// root is the module of the repository's root.
const root = "github.com/voicelane/realtime-go"

// published are the folders of the modules that are released with the root, each behind those
// that it requires.
var published = []string{"fleet/inproc", "fleet", "agent/mcptools", "openaigo", "otelrealtime", "cmd/realtime"}

// unpublished are the folders of the modules that are for work in the repository alone.
var unpublished = []string{"bench", "examples/browser/e2e", "fleet/trial", "interop/go", "tools/peerdiff/gopeer", "view/e2e"}

// release is one on its way.
type release struct {
	version string
	log     io.Writer
	repo    string   // the repository
	dir     string   // of temporary files
	tree    string   // a work tree of the current commit, below dir
	env     []string // of go commands: modules come from the proxy of files, then from the cache
}

var versions = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

func newRelease(ctx context.Context, version string, check bool, log io.Writer) (r *release, err error) {
	if !versions.MatchString(version) {
		return nil, fmt.Errorf("%q is no version: write one such as v0.4.0", version)
	}
	r = &release{version: version, log: log}
	if r.repo, err = output(ctx, "", nil, "git", "rev-parse", "--show-toplevel"); err != nil {
		return nil, err
	}
	if !check {
		if err := r.ready(ctx); err != nil {
			return nil, err
		}
	}
	if r.dir, err = os.MkdirTemp("", "release"); err != nil {
		return nil, err
	}
	r.tree = filepath.Join(r.dir, "tree")
	if _, err := output(ctx, r.repo, nil, "git", "worktree", "add", "--detach", r.tree, "HEAD"); err != nil {
		return nil, errors.Join(err, os.RemoveAll(r.dir))
	}
	known, err := output(ctx, "", nil, "go", "env", "GOMODCACHE", "GOPROXY")
	if err != nil {
		return nil, err
	}
	cache, proxy, _ := strings.Cut(known, "\n")
	proxy = strings.TrimSuffix(proxy, ",direct") // Our modules are not to be looked for at GitHub.
	r.env = []string{
		"GOWORK=off", "GOFLAGS=-mod=mod -modcacherw", "GOMODCACHE=" + filepath.Join(r.dir, "cache"), "GONOSUMDB=" + root + "," + root + "/*",
		"GOPROXY=" + fileURL(r.proxy()) + "," + fileURL(filepath.Join(cache, "cache", "download")) + "," + proxy,
	}
	return r, nil
}

// ready returns an error for what must not be released.
func (r *release) ready(ctx context.Context) error {
	dirty, err := output(ctx, r.repo, nil, "git", "status", "--porcelain")
	if err != nil {
		return err
	}
	if dirty != "" {
		return errors.New("the work tree has changes: commit them")
	}
	changelog, err := os.ReadFile(filepath.Join(r.repo, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	if !slices.Contains(strings.Split(string(changelog), "\n"), "## "+r.version) {
		return fmt.Errorf("CHANGELOG.md has no section %q", "## "+r.version)
	}
	return nil
}

// prepare gives each module the go.mod and the go.sum of the release, and makes a proxy of
// files with all of them.
func (r *release) prepare(ctx context.Context) error {
	if err := r.serve(ctx, ""); err != nil {
		return err
	}
	for _, folder := range published {
		if err := r.edit(ctx, folder); err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
		if err := r.serve(ctx, folder); err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
	}
	return nil
}

// edit has the module of a folder require the version of our modules, and replace nothing.
func (r *release) edit(ctx context.Context, folder string) error {
	dir := filepath.Join(r.tree, filepath.FromSlash(folder))
	text, err := output(ctx, dir, r.env, "go", "mod", "edit", "-json")
	if err != nil {
		return err
	}
	var mod struct {
		Require []struct{ Path string }
		Replace []struct{ Old struct{ Path string } }
	}
	if err := json.Unmarshal([]byte(text), &mod); err != nil {
		return err
	}
	edit := []string{"mod", "edit"}
	for _, m := range mod.Replace {
		edit = append(edit, "-dropreplace="+m.Old.Path)
	}
	for _, m := range mod.Require {
		if m.Path == root || strings.HasPrefix(m.Path, root+"/") {
			edit = append(edit, "-require="+m.Path+"@"+r.version)
		}
	}
	if len(edit) > 2 {
		if _, err := output(ctx, dir, r.env, "go", edit...); err != nil {
			return err
		}
	}
	_, err = output(ctx, dir, r.env, "go", "mod", "tidy")
	return err
}

// tag commits what was prepared, beside the branch, and tags all modules.
func (r *release) tag(ctx context.Context) error {
	head, err := output(ctx, r.repo, nil, "git", "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{"commit", "--quiet", "--all", "--message", "Require " + r.version + " in the modules below the root"},
		{"tag", "--annotate", "--message", r.version, r.version, head},
	} {
		if _, err := output(ctx, r.tree, nil, "git", args...); err != nil {
			return err
		}
	}
	tags := []string{r.version}
	for _, folder := range published {
		tag := folder + "/" + r.version
		if _, err := output(ctx, r.tree, nil, "git", "tag", "--annotate", "--message", tag, tag, "HEAD"); err != nil {
			return err
		}
		tags = append(tags, tag)
	}
	_, err = fmt.Fprintf(r.log, "All is tagged. To publish it:\n\n\tgit push --atomic origin %s\n", strings.Join(tags, " "))
	return err
}

// remove removes the work tree and the temporary files.
func (r *release) remove() {
	_, _ = output(context.Background(), r.repo, nil, "git", "worktree", "remove", "--force", r.tree)
	_ = os.RemoveAll(r.dir)
}

// output runs a program and returns what it prints, without the last line's end. env is added to the environment.
func output(ctx context.Context, dir string, env []string, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // The programs are named in this file and in try.go.
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
