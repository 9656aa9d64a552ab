package main

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
	"github.com/voicelane/realtime-go/cmd/eventgen/internal/render"
	"github.com/voicelane/realtime-go/internal/specdoc"
	"github.com/voicelane/realtime-go/templates"
)

// Config is the input of Generate.
type Config struct {
	Spec      *specdoc.Document
	Package   string   // The name of the Go package.
	Unions    []string // The component names of the event unions; see the flag -unions.
	Client    bool
	Times     bool  // Members of format date-time are times; see the flag -times.
	Strict    bool  // Warnings are errors.
	Templates fs.FS // Nil means the templates of this module.
}

// Warnings returns the faults of the document that did not keep Generate from making a
// package, in the order of files and lines.
func (c *Config) Warnings() []*specdoc.Error {
	all := slices.Clone(c.Spec.Warnings)
	slices.SortStableFunc(all, func(x, y *specdoc.Error) int {
		return cmp.Or(cmp.Compare(slices.Index(c.Spec.Files, x.File), slices.Index(c.Spec.Files, y.File)), cmp.Compare(x.Line, y.Line))
	})
	return all
}

// strict returns the warnings as one error, or nil if there are none.
func (c *Config) strict() error {
	var faults []error
	for _, w := range c.Warnings() {
		faults = append(faults, w)
	}
	return errors.Join(faults...)
}

// Generate returns the files of the package by name. The result depends on the
// configuration alone.
func Generate(cfg Config) (map[string][]byte, error) {
	if cfg.Templates == nil {
		cfg.Templates = templates.FS
	}
	// 1. Load the specification.
	doc, err := load.New(cfg.Spec)
	if err != nil {
		return nil, err
	}
	// 2. Model: decide the shape of the Go package.
	pkg, err := model.Build(doc, model.Options{Unions: cfg.Unions, Times: cfg.Times, REST: cfg.Client})
	if cfg.Strict {
		err = errors.Join(cfg.strict(), err)
	}
	if err != nil {
		return nil, err
	}
	// 3. Render: print and format it.
	files, err := render.Package(pkg, cfg.Package, cfg.Templates)
	if err != nil {
		return nil, err
	}
	// 4. Add the REST client, which uses the types of the package.
	if rest := cfg.Spec.REST; cfg.Client && rest != nil {
		if err := addClient(files, &cfg); err != nil {
			return nil, err
		}
	}
	// 5. Check that no name is declared twice.
	return files, render.Distinct(files)
}

// addClient adds the REST client to the files. A client that cannot be made is left out
// with a warning.
func addClient(files map[string][]byte, cfg *Config) error {
	rest := cfg.Spec.REST
	source, err := render.Client(rest.Data, cfg.Package, path.Base(rest.Name))
	if err == nil {
		err = render.Fits(files, source)
	}
	if err == nil {
		files["client_gen.go"] = source
		return nil
	}
	if cfg.Strict {
		return err
	}
	at := specdoc.Position{File: rest.Name, Line: 1, Pointer: "#/paths"}
	cfg.Spec.Warn(at, "the REST client is left out: %v; the flag -client=false leaves it out without this warning", err)
	return nil
}
