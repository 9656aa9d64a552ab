package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// tripped counts the payloads that went through a package and back.
type tripped struct {
	payloads int
	known    int // Decoded as a variant of a union, or without leftovers as a type.
	changed  int
}

// trip decodes and encodes the payloads of a document with the package called name, which
// is in a folder of the module in dir.
func trip(ctx context.Context, dir, doc, name string, types bool) (tripped, error) {
	list, err := payloads(doc)
	if err != nil || len(list) == 0 {
		return tripped{}, err
	}
	h, err := newHarness(dir, name, types)
	if err != nil {
		return tripped{}, err
	}
	var source bytes.Buffer
	if err := harness.Execute(&source, h); err != nil {
		return tripped{}, err
	}
	if err := write(filepath.Join(dir, name, "trip", "main.go"), source.String()); err != nil {
		return tripped{}, err
	}
	cmd := exec.CommandContext(ctx, "go", "run", "./"+name+"/trip") //nolint:gosec // The bench chooses the name.
	cmd.Dir = dir
	cmd.Stdin = bytes.NewReader(append(bytes.Join(list, []byte("\n")), '\n'))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return tripped{}, fmt.Errorf("%w\n%s", err, stderr.String())
	}
	var t tripped
	if _, err := fmt.Sscan(stdout.String(), &t.payloads, &t.known, &t.changed); err != nil {
		return tripped{}, err
	}
	if t.changed > 0 {
		return t, fmt.Errorf("changed: %s", stderr.String())
	}
	return t, nil
}

// harnessData names what a package exports.
type harnessData struct {
	Path    string
	Decoded []string // The functions DecodeX.
	Types   []string // The structs with a codec.
}

// newHarness reads the names of a package's unions and structs.
func newHarness(dir, name string, types bool) (*harnessData, error) {
	h := &harnessData{Path: "example.com/documents/" + name}
	entries, err := os.ReadDir(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.IsDir() || e.Name() == "client_gen.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name, e.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			switch {
			case !ok:
			case fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Decode"):
				h.Decoded = append(h.Decoded, fn.Name.Name)
			case types && fn.Recv != nil && fn.Name.Name == "UnmarshalJSON":
				if star, ok := fn.Recv.List[0].Type.(*ast.StarExpr); ok {
					if typ, ok := star.X.(*ast.Ident); ok && typ.IsExported() {
						h.Types = append(h.Types, typ.Name)
					}
				}
			}
		}
	}
	slices.Sort(h.Decoded)
	slices.Sort(h.Types)
	return h, nil
}

// harness is a program that reads a payload from each line of its input.
var harness = template.Must(template.New("").Parse(`package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"reflect"
	"strings"

	p "{{.Path}}"
)

var unions = map[string]func([]byte) (any, error){
{{- range .Decoded}}
	"{{.}}": func(data []byte) (any, error) { return p.{{.}}(data) },
{{- end}}
}

var types = map[string]func() any{
{{- range .Types}}
	"{{.}}": func() any { return new(p.{{.}}) },
{{- end}}
}

func value(data []byte) (v any) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return v
}

// equal reports whether two JSON values are equal. Numbers are compared by value.
func equal(x, y any) bool {
	switch x := x.(type) {
	case map[string]any:
		y, ok := y.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			if w, ok := y[k]; !ok || !equal(v, w) {
				return false
			}
		}
		return true
	case []any:
		y, ok := y.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !equal(x[i], y[i]) {
				return false
			}
		}
		return true
	case json.Number:
		y, ok := y.(json.Number)
		a, aok := new(big.Rat).SetString(string(x))
		b, bok := new(big.Rat).SetString(string(y))
		return ok && (x == y || aok && bok && a.Cmp(b) == 0)
	}
	return reflect.DeepEqual(x, y)
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	payloads, known, changed := 0, 0, 0
	for in.Scan() {
		want, fits, same := value(in.Bytes()), false, true
		payloads++
		check := func(name string, v any) {
			out, err := json.Marshal(v)
			if err != nil || !equal(want, value(out)) {
				same = false
				fmt.Fprintf(os.Stderr, "%s: %v: %.300s -> %.300s\n", name, err, in.Bytes(), out)
			}
		}
		for name, decode := range unions {
			v, err := decode(in.Bytes())
			if err != nil || v == nil {
				continue // Not an object with a type: nothing to send on.
			}
			fits = fits || !strings.Contains(fmt.Sprintf("%T", v), ".Unknown")
			check(name, v)
		}
		for name, make := range types {
			v := make()
			if err := json.Unmarshal(in.Bytes(), v); err != nil {
				fmt.Fprintln(os.Stderr, name, err)
				same = false
				continue
			}
			if extra := reflect.ValueOf(v).Elem().FieldByName("Extra"); extra.IsValid() {
				fits = fits || extra.Interface().(interface{ Len() int }).Len() == 0
			}
			check(name, v)
		}
		if fits {
			known++
		}
		if !same {
			changed++
		}
	}
	fmt.Println(payloads, known, changed)
}
`))

// compact returns payloads without white space, each once.
func compact(list []json.RawMessage) [][]byte {
	var out [][]byte
	seen := map[string]bool{}
	for _, raw := range list {
		var b bytes.Buffer
		if json.Compact(&b, raw) != nil || seen[b.String()] {
			continue
		}
		seen[b.String()] = true
		out = append(out, b.Bytes())
	}
	return out
}

func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // Source code is readable by all.
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644) //nolint:gosec // As above.
}
