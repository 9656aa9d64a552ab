// Package render prints a model as Go source with the templates.
package render

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"text/template"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
)

// Package prints the files of the package called name. templates has the *.tmpl files.
// The result maps file names to formatted source.
func Package(pkg *model.Package, name string, templates fs.FS) (map[string][]byte, error) {
	tmpl, err := parse(templates)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, f := range plan(pkg) {
		if f.empty() {
			continue
		}
		var buf bytes.Buffer
		f.Package, f.Source, f.Times, f.Intro = name, pkg.Source, pkg.Times, strings.Split(strings.TrimSpace(pkg.Intro), "\n")
		if err := tmpl.ExecuteTemplate(&buf, f.Template+".tmpl", f); err != nil {
			return nil, err
		}
		if files[f.Name], err = Format(f.Name, buf.Bytes()); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// parse reads the templates and defines the functions that they may call.
func parse(templates fs.FS) (*template.Template, error) {
	tmpl := template.New("")
	return tmpl.Funcs(template.FuncMap{
		"comment":  comment,
		"quoted":   quoted,
		"raw":      raw,
		"value":    newValue,
		"member":   member,
		"validate": validateField,
		"checks":   namedChecks,
		"variant":  func(u *model.Union, a *model.Arm) variant { return variant{u, a} },
		// pick executes the template whose name is what and form.
		"pick": func(what string, form any, data any) (string, error) {
			var b strings.Builder
			err := tmpl.ExecuteTemplate(&b, fmt.Sprint(what, " ", form), data)
			return b.String(), err
		},
	}).ParseFS(templates, "*.tmpl")
}

// variant is an arm of a union.
type variant struct {
	Union *model.Union
	Arm   *model.Arm
}

// file is one file to print: the data of its template.
type file struct {
	Name     string
	Template string
	Package  string
	Source   string
	Times    bool     // The package has times.
	Intro    []string // Lines of the package's comment.

	Structs      []*model.Struct
	Named        []*model.Named
	Unions       []*model.Union
	Collections  []*model.Type
	Accessors    []*model.Accessor
	Replies      []*model.Replies
	Constructors []*model.Constructor
	Operations   []model.Operation

	always bool
}

func (f *file) empty() bool {
	return !f.always && len(f.Structs)+len(f.Named)+len(f.Unions)+len(f.Collections)+
		len(f.Accessors)+len(f.Constructors)+len(f.Operations) == 0
}

// plan returns the files of the package. Empty ones are not printed. Each group of
// structs has separate files for declarations, decoders and encoders.
func plan(pkg *model.Package) []*file {
	files := []*file{
		{Name: "runtime_gen.go", Template: "runtime", always: true},
		{Name: "enums_gen.go", Template: "enums", Named: pkg.Named},
		{Name: "unions_gen.go", Template: "unions", Unions: pkg.Unions},
		{Name: "unions_codec_gen.go", Template: "unions_codec", Unions: pkg.Unions},
		{Name: "collections_gen.go", Template: "collections", Collections: pkg.Collections},
		{Name: "accessors_gen.go", Template: "accessors", Accessors: pkg.Accessors},
		{Name: "protocols_gen.go", Template: "accessors", Accessors: pkg.Protocols, Replies: pkg.Replies},
		{Name: "operations_gen.go", Template: "operations", Operations: pkg.Operations},
		{
			Name: "validate_gen.go", Template: "validate",
			Structs: where(pkg.Structs, (*model.Struct).Validates),
			Unions:  where(pkg.Unions, func(u *model.Union) bool { return u.HasChecks }),
			Named:   where(pkg.Named, func(n *model.Named) bool { return n.Type.HasChecks() }),
		},
		{Name: "constructors_gen.go", Template: "constructors", Constructors: pkg.Constructors()},
	}
	for _, g := range pkg.Groups {
		files = append(
			files,
			&file{Name: g.Name + "_gen.go", Template: "structs", Structs: g.Structs},
			&file{Name: g.Name + "_decode_gen.go", Template: "decode", Structs: g.Structs},
			&file{Name: g.Name + "_encode_gen.go", Template: "encode", Structs: g.Structs},
		)
	}
	return files
}

// where returns the elements for which has is true.
func where[T any](all []T, has func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(v T) bool { return !has(v) })
}
