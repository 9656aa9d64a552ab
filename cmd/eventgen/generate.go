package main

import (
	"io/fs"
	"path"

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
	Templates fs.FS // Nil means the templates of this module.
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
	pkg, err := model.Build(doc, model.Options{Unions: cfg.Unions, REST: cfg.Client})
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
		source, err := render.Client(rest.Data, cfg.Package, path.Base(rest.Name))
		if err != nil {
			return nil, err
		}
		files["client_gen.go"] = source
	}
	// 5. Check that no name is declared twice.
	return files, render.Distinct(files)
}
