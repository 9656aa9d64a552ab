// Package render prints a model as Go source, through the templates.
package render

import (
	"bytes"
	"io/fs"
	"strings"
	"text/template"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
)

// Package prints every file of the package called name. Templates holds the
// *.tmpl files. The result maps file names to formatted source.
func Package(pkg *model.Package, name string, templates fs.FS) (map[string][]byte, error) {
	tmpl, err := template.New("").Funcs(functions()).ParseFS(templates, "*.tmpl")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, f := range plan(pkg) {
		if f.empty() {
			continue
		}
		var buf bytes.Buffer
		f.Package, f.Source, f.Intro = name, pkg.Source, strings.Split(strings.TrimSpace(pkg.Intro), "\n")
		if err := tmpl.ExecuteTemplate(&buf, f.Template+".tmpl", f); err != nil {
			return nil, err
		}
		if files[f.Name], err = Format(f.Name, buf.Bytes()); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// file is one file to print, and what its template sees.
type file struct {
	Name     string
	Template string
	Package  string
	Source   string
	Intro    []string // lines of the package's comment

	Structs []*model.Struct
	Named   []*model.Named
	Unions  []*model.Union
	Types   []*model.Type // element types of slices or maps that need a function

	Accessors []*model.Accessor
	Replies   []*model.Replies

	Operations []model.Operation

	always bool
}

func (f *file) empty() bool {
	return !f.always && len(f.Structs)+len(f.Named)+len(f.Unions)+len(f.Types)+len(f.Accessors)+len(f.Operations) == 0
}

// plan distributes the package over files: one group for each event union,
// one for the variants of other unions and one for the rest, each with its
// declarations, decoders and encoders apart.
func plan(pkg *model.Package) []*file {
	files := []*file{
		{Name: "runtime_gen.go", Template: "runtime", always: true},
		{Name: "enums_gen.go", Template: "enums", Named: pkg.Named},
		{Name: "unions_gen.go", Template: "unions", Unions: pkg.Unions},
		{Name: "unions_codec_gen.go", Template: "unions_codec", Unions: pkg.Unions},
		{Name: "collections_gen.go", Template: "collections", Types: collections(pkg)},
		{Name: "accessors_gen.go", Template: "accessors", Accessors: pkg.Accessors},
		{Name: "protocols_gen.go", Template: "accessors", Accessors: pkg.Protocols, Replies: pkg.Replies},
		{Name: "operations_gen.go", Template: "operations", Operations: pkg.Operations},
		validateFile(pkg),
		{Name: "constructors_gen.go", Template: "constructors", Structs: constructed(pkg)},
	}
	groups, order := map[string][]*model.Struct{}, []string{}
	for _, s := range pkg.Structs {
		g := group(s)
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], s)
	}
	for _, g := range order {
		files = append(
			files,
			&file{Name: g + "_gen.go", Template: "structs", Structs: groups[g]},
			&file{Name: g + "_decode_gen.go", Template: "decode", Structs: groups[g]},
			&file{Name: g + "_encode_gen.go", Template: "encode", Structs: groups[g]},
		)
	}
	return files
}

// group is the stem of the file that a struct goes to.
func group(s *model.Struct) string {
	for _, u := range s.Unions {
		if u.Event {
			return snake(u.Name) + "s"
		}
	}
	if len(s.Unions) > 0 {
		return "variants"
	}
	return "types"
}

// validateFile holds what has bounds, and every event, since all have the method.
func validateFile(pkg *model.Package) *file {
	f := &file{Name: "validate_gen.go", Template: "validate"}
	for _, s := range pkg.Structs {
		if s.HasChecks || s.EventType != "" {
			f.Structs = append(f.Structs, s)
		}
	}
	for _, u := range pkg.Unions {
		if u.HasChecks {
			f.Unions = append(f.Unions, u)
		}
	}
	for _, n := range pkg.Named {
		if n.Type.HasChecks() {
			f.Named = append(f.Named, n)
		}
	}
	return f
}

func constructed(pkg *model.Package) []*model.Struct {
	var out []*model.Struct
	for _, s := range pkg.Structs {
		if len(s.Constructors) > 0 {
			out = append(out, s)
		}
	}
	return out
}
