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

// Config says what to generate.
type Config struct {
	Spec      *specdoc.Document
	Package   string   // name of the Go package
	Unions    []string // component names of the event unions; see the flag
	Client    bool
	Templates fs.FS // nil: the ones of this module
}

// Generate returns the files of the package by their names. The result depends
// on the configuration alone.
func Generate(cfg Config) (map[string][]byte, error) {
	if cfg.Templates == nil {
		cfg.Templates = templates.FS
	}
	// 1. Take the specification, whichever files it is written in.
	doc, err := load.New(cfg.Spec)
	if err != nil {
		return nil, err
	}
	// 2. Decide what the Go package looks like.
	pkg, err := model.Build(doc, model.Options{Unions: cfg.Unions, REST: cfg.Client})
	if err != nil {
		return nil, err
	}
	// 3. Print and format it.
	files, err := render.Package(pkg, cfg.Package, cfg.Templates)
	if err != nil {
		return nil, err
	}
	// 4. Add the REST client, which brings no types of its own.
	if rest := cfg.Spec.REST; cfg.Client && rest != nil {
		source, err := render.Client(rest.Data, cfg.Package, path.Base(rest.Name))
		if err != nil {
			return nil, err
		}
		files["client_gen.go"] = source
	}
	// 5. See that the two agree on names.
	return files, render.Distinct(files)
}
