package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// proxy returns the folder of the proxy of files, which has the layout of the module proxy's
// protocol.
func (r *release) proxy() string { return filepath.Join(r.dir, "proxy") }

func fileURL(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return "file://" + path
}

// serve puts the module of a folder into the proxy.
func (r *release) serve(ctx context.Context, folder string) error {
	module := strings.TrimSuffix(root+"/"+folder, "/")
	at := filepath.Join(r.proxy(), filepath.FromSlash(module), "@v")
	if err := os.MkdirAll(at, 0o750); err != nil {
		return err
	}
	dir := filepath.Join(r.tree, filepath.FromSlash(folder))
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod")) //nolint:gosec // A file of the repository.
	if err != nil {
		return err
	}
	info, err := json.Marshal(map[string]string{"Version": r.version, "Time": time.Now().UTC().Format(time.RFC3339)})
	if err != nil {
		return err
	}
	archive, err := os.Create(filepath.Join(at, r.version+".zip")) //nolint:gosec // A file of ours.
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(at, "list"), []byte(r.version+"\n"), 0o600),
		os.WriteFile(filepath.Join(at, r.version+".info"), info, 0o600),
		os.WriteFile(filepath.Join(at, r.version+".mod"), mod, 0o600), //nolint:gosec // A file of ours.
		r.archive(ctx, archive, dir, module+"@"+r.version+"/"),
		archive.Close(),
	)
}

// archive writes the files of a module, as the go command takes them from a repository: those
// that are committed, without modules below it, and with the license of the root.
func (r *release) archive(ctx context.Context, w io.Writer, dir, prefix string) error {
	list, err := output(ctx, dir, nil, "git", "ls-files")
	if err != nil {
		return err
	}
	files := strings.Split(list, "\n")
	var below []string
	for _, file := range files {
		if folder, ok := strings.CutSuffix(file, "/go.mod"); ok {
			below = append(below, folder+"/")
		}
	}
	files = slices.DeleteFunc(files, func(file string) bool {
		return slices.ContainsFunc(below, func(folder string) bool { return strings.HasPrefix(file, folder) })
	})
	z := zip.NewWriter(w)
	for _, file := range files {
		if err := add(z, prefix+file, filepath.Join(dir, filepath.FromSlash(file))); err != nil {
			return err
		}
	}
	if !slices.Contains(files, "LICENSE") {
		if err := add(z, prefix+"LICENSE", filepath.Join(r.tree, "LICENSE")); err != nil {
			return err
		}
	}
	return z.Close()
}

func add(z *zip.Writer, name, from string) error {
	text, err := os.ReadFile(from) //nolint:gosec // A file of the repository.
	if err != nil {
		return err
	}
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}
