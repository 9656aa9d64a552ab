package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// try does what users do: it installs the command, and imports each package.
func (r *release) try(ctx context.Context) error {
	bin := filepath.Join(r.dir, "bin")
	command := root + "/cmd/realtime@" + r.version
	if _, err := output(ctx, r.dir, append(r.env, "GOBIN="+bin, "GOFLAGS=-modcacherw"), "go", "install", command); err != nil {
		return err
	}
	answer, err := output(ctx, r.dir, nil, filepath.Join(bin, "realtime"), "probe", "-test", "-checks", "update/answered")
	if err != nil {
		return err
	}
	fmt.Fprintf(r.log, "go install %s\n%s\n", command, answer)
	for _, folder := range append([]string{"realtime"}, published...) {
		if folder == "cmd/realtime" {
			continue // It has no package to import.
		}
		if err := r.require(ctx, root+"/"+folder); err != nil {
			return err
		}
		fmt.Fprintf(r.log, "go get %s/%s@%s\n", root, folder, r.version)
	}
	return nil
}

// require makes a module that imports a package, and lists what the package depends on.
func (r *release) require(ctx context.Context, path string) error {
	dir, err := os.MkdirTemp(r.dir, "importer")
	if err != nil {
		return err
	}
	program := fmt.Sprintf("package main\n\nimport _ %q\n\nfunc main() {}\n", path)
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o600); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"mod", "init", "example.com/importer"}, {"get", path + "@" + r.version}, {"mod", "tidy"}, {"list", "-deps", "."},
	} {
		if _, err := output(ctx, dir, r.env, "go", args...); err != nil {
			return err
		}
	}
	return nil
}
