// Command apidiff compares the module's exported Go API with the last release, and
// fails on a break that CHANGELOG.md does not declare.
//
//	go run ./tools/apidiff -tool .bin/apidiff
//
// A break is declared by its identifier in backquotes below the heading "Breaking" in
// the first section of the changelog. The comparison is made by
// golang.org/x/exp/cmd/apidiff.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	tool := flag.String("tool", "apidiff", "`program` of golang.org/x/exp/cmd/apidiff")
	base := flag.String("base", "", "`release` to compare with (default: the last tag before this commit)")
	changelog := flag.String("changelog", "CHANGELOG.md", "`file` that declares breaks")
	flag.Parse()
	c := &comparison{tool: *tool, base: *base, changelog: *changelog, log: os.Stdout}
	if err := c.run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "apidiff:", err)
		os.Exit(1)
	}
}

type comparison struct {
	tool, base, changelog string
	log                   io.Writer
}

// run compares every public package.
func (c *comparison) run(ctx context.Context) error {
	if c.base == "" {
		// A tag on HEAD is the release in preparation: compare with the one before.
		tag, err := output(ctx, "", "git", "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD^")
		if err != nil {
			fmt.Fprintln(c.log, "no release to compare with")
			return nil //nolint:nilerr // git fails if there is no tag
		}
		c.base = strings.TrimSpace(tag)
	}
	breaks, err := c.breaks(ctx)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(c.changelog)
	if err != nil {
		return err
	}
	declared := declarations(string(text))
	undeclared := 0
	for _, b := range breaks {
		mark := "declared"
		if !slices.Contains(declared, b.identifier) {
			mark = "NOT DECLARED"
			undeclared++
		}
		fmt.Fprintf(c.log, "%s: %s: %s (%s)\n", b.pkg, b.identifier, b.what, mark)
	}
	if undeclared > 0 {
		return fmt.Errorf("%d breaks since %s that %s does not declare under \"Breaking\"", undeclared, c.base, c.changelog)
	}
	fmt.Fprintf(c.log, "compared with %s: %d breaks, all declared\n", c.base, len(breaks))
	return nil
}

// breaks returns the incompatible changes between the release and the working tree.
func (c *comparison) breaks(ctx context.Context) (list []apiBreak, err error) {
	dir, err := os.MkdirTemp("", "apidiff-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	tree := filepath.Join(dir, "base")
	if _, err := output(ctx, "", "git", "worktree", "add", "--quiet", "--detach", tree, c.base); err != nil {
		return nil, err
	}
	defer func() {
		_, removed := output(context.WithoutCancel(ctx), "", "git", "worktree", "remove", "--force", tree)
		err = errors.Join(err, removed)
	}()
	before, err := public(ctx, tree)
	if err != nil {
		return nil, err
	}
	now, err := public(ctx, "")
	if err != nil {
		return nil, err
	}
	for i, pkg := range before {
		if !slices.Contains(now, pkg) {
			list = append(list, apiBreak{pkg, pkg[strings.LastIndexByte(pkg, '/')+1:], "package removed"})
			continue
		}
		export := filepath.Join(dir, fmt.Sprintf("%d.export", i))
		if _, err := output(ctx, tree, c.tool, "-w", export, pkg); err != nil {
			return nil, err
		}
		report, err := output(ctx, "", c.tool, "-incompatible", export, pkg)
		if err != nil {
			return nil, err
		}
		list = append(list, parse(pkg, report)...)
	}
	return list, nil
}

// apiBreak is one incompatible change.
type apiBreak struct{ pkg, identifier, what string }

// parse returns the changes in the tool's report, one for each line "- Type.Member:
// what".
func parse(pkg, report string) []apiBreak {
	var list []apiBreak
	for line := range strings.Lines(report) {
		item, ok := strings.CutPrefix(strings.TrimSpace(line), "- ")
		if !ok {
			continue
		}
		identifier, what, _ := strings.Cut(item, ": ")
		identifier = strings.NewReplacer("(*", "", ")", "").Replace(strings.TrimPrefix(identifier, "./"))
		list = append(list, apiBreak{pkg, identifier, what})
	}
	return list
}

// declarations returns the texts in backquotes below the heading "Breaking" in the
// first section.
func declarations(changelog string) []string {
	var list []string
	inside, sections := false, 0
	for line := range strings.Lines(changelog) {
		switch {
		case strings.HasPrefix(line, "## "):
			sections++
			inside = false
		case strings.HasPrefix(line, "### "):
			inside = sections == 1 && strings.TrimSpace(line) == "### Breaking"
		case inside:
			for i, part := range strings.Split(line, "`") {
				if i%2 == 1 {
					list = append(list, part)
				}
			}
		}
	}
	return list
}

// public returns the packages of a module that other modules can import.
func public(ctx context.Context, dir string) ([]string, error) {
	out, err := output(ctx, dir, "go", "list", "-f", "{{if ne .Name \"main\"}}{{if .GoFiles}}{{.ImportPath}}{{end}}{{end}}", "./...")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(strings.Fields(out), func(pkg string) bool {
		return strings.Contains(pkg+"/", "/internal/") || strings.Contains(pkg, "/examples/") ||
			strings.Contains(pkg, "/cmd/") || strings.Contains(pkg, "/tools/")
	}), nil
}

func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // The callers' programs are constant.
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return string(out), nil
}
