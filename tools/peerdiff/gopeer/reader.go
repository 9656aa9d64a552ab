package main

import (
	"go/ast"
	"go/constant"
	"go/types"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

type schema = map[string]any

// reader turns Go types into schemas.
type reader struct {
	schemas  map[string]schema
	comments map[string]string // Of fields, by package, type and field.
	// constants has the values of the types in the module's package constant.
	constants map[string]string
}

// read keeps the comments of a package's fields.
func (r *reader) read(p *packages.Package) {
	for _, f := range p.Syntax {
		ast.Inspect(f, func(n ast.Node) bool {
			t, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if values := quoted(t.Comment.Text()); p.Name == "constant" && len(values) == 1 {
				r.constants[t.Name.Name] = values[0]
			}
			if s, ok := t.Type.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					for _, name := range field.Names {
						r.comments[p.PkgPath+"."+t.Name.Name+"."+name.Name] = field.Doc.Text()
					}
				}
			}
			return false
		})
	}
}

func ref(name string) schema { return schema{"$ref": "#/components/schemas/" + name} }

// of returns the schema of a type. A struct becomes a component.
func (r *reader) of(t types.Type) schema {
	if a, ok := t.(*types.Alias); ok {
		s := r.of(types.Unalias(t))
		if values := valuesOf(a, a.Obj()); values != nil && s["type"] == "string" {
			return schema{"anyOf": []schema{s, {"type": "string", "enum": values}}} // Any string may be assigned.
		}
		return s
	}
	switch t := t.(type) {
	case *types.Pointer:
		return r.of(t.Elem())
	case *types.Slice:
		if b, ok := t.Elem().(*types.Basic); ok && b.Kind() == types.Byte {
			return schema{}
		}
		return schema{"type": "array", "items": r.of(t.Elem())}
	case *types.Map:
		return schema{"type": "object", "additionalProperties": r.of(t.Elem())}
	case *types.Basic:
		return basic(t)
	case *types.Named:
		return r.named(t)
	}
	return schema{}
}

func basic(t *types.Basic) schema {
	switch {
	case t.Info()&types.IsString != 0:
		return schema{"type": "string"}
	case t.Info()&types.IsInteger != 0:
		return schema{"type": "integer"}
	case t.Info()&types.IsFloat != 0:
		return schema{"type": "number"}
	case t.Info()&types.IsBoolean != 0:
		return schema{"type": "boolean"}
	}
	return schema{}
}

func (r *reader) named(t *types.Named) schema {
	o := t.Obj()
	if o.Name() == "Opt" && t.TypeArgs().Len() == 1 {
		return r.of(t.TypeArgs().At(0))
	}
	if o.Pkg() == nil || !strings.HasPrefix(o.Pkg().Path(), module) {
		return r.of(t.Underlying())
	}
	if _, ok := t.Underlying().(*types.Struct); !ok {
		s := r.of(t.Underlying())
		if value, ok := r.constants[o.Name()]; ok && o.Pkg().Name() == "constant" {
			s["const"] = value
		}
		if values := valuesOf(t, o); values != nil && s["type"] == "string" {
			s["enum"] = values
		}
		return s
	}
	name := o.Pkg().Name() + "." + o.Name()
	if _, ok := r.schemas[name]; !ok {
		r.schemas[name] = nil // First, so that recursion ends.
		r.schemas[name] = r.structure(t)
	}
	return ref(name)
}

// valuesOf returns the constants of a type that its package declares.
func valuesOf(t types.Type, o *types.TypeName) []string {
	if o.Pkg() == nil {
		return nil
	}
	var values []string
	scope := o.Pkg().Scope()
	for _, name := range scope.Names() {
		c, ok := scope.Lookup(name).(*types.Const)
		if ok && (c.Type() == t || named(c.Type()) == o) && c.Val().Kind() == constant.String {
			values = append(values, constant.StringVal(c.Val()))
		}
	}
	return values
}

// named returns the name that a constant's type was declared with, or nil.
func named(t types.Type) *types.TypeName {
	switch t := t.(type) {
	case *types.Alias:
		return t.Obj()
	case *types.Named:
		return t.Obj()
	}
	return nil
}

// structure returns the schema of a struct: of a union if it has variants.
func (r *reader) structure(t types.Type) schema {
	named, _ := t.(*types.Named)
	s, _ := t.Underlying().(*types.Struct) // As of has found.
	if arms := r.arms(named, s); arms != nil {
		return schema{"anyOf": arms}
	}
	out := schema{"type": "object", "properties": schema{}}
	r.members(out, named, s)
	return out
}

// arms returns the variants of a union: the results of its As methods, or else its Of
// fields, which unions for sending have.
func (r *reader) arms(t *types.Named, s *types.Struct) []schema {
	variants := slices.ContainsFunc(slices.Collect(s.Fields()), func(f *types.Var) bool { return strings.HasPrefix(f.Name(), "Of") })
	if !variants && !strings.HasSuffix(t.Obj().Name(), "Union") {
		return nil
	}
	var arms []schema
	for m := range t.Methods() {
		sig := m.Signature()
		if strings.HasPrefix(m.Name(), "As") && !strings.HasPrefix(m.Name(), "AsAny") && sig.Params().Len() == 0 && sig.Results().Len() == 1 {
			arms = append(arms, r.of(sig.Results().At(0).Type()))
		}
	}
	if arms != nil {
		return arms
	}
	for f := range s.Fields() {
		if strings.HasPrefix(f.Name(), "Of") {
			arms = append(arms, r.of(f.Type()))
		}
	}
	return arms
}

// listed matches the values in the comment of a string without a type of its own.
var listed = regexp.MustCompile(`(?s)Any of (.*?)\.\s*$`)

// members adds the members of a struct.
func (r *reader) members(out schema, t *types.Named, s *types.Struct) {
	properties, _ := out["properties"].(schema)
	var required []string
	for i := range s.NumFields() {
		f, tag := s.Field(i), reflect.StructTag(s.Tag(i))
		name, _, _ := strings.Cut(tag.Get("json"), ",")
		if !f.Exported() || name == "" || name == "-" {
			continue
		}
		member := r.of(f.Type())
		value, constant := tag.Lookup("default")
		if constant {
			member = schema{"type": member["type"], "const": value}
		} else if m := listed.FindStringSubmatch(r.comments[t.Obj().Pkg().Path()+"."+t.Obj().Name()+"."+f.Name()]); m != nil {
			limit(member, m[1])
		}
		if strings.Contains(tag.Get("api"), "nullable") {
			member = schema{"anyOf": []schema{member, {"type": "null"}}}
		}
		properties[name] = member
		if constant || strings.Contains(tag.Get("api"), "required") {
			required = append(required, name)
		}
	}
	if required != nil {
		slices.Sort(required)
		out["required"] = required
	}
}

// limit gives a string or a list of strings the values in a comment.
func limit(s schema, comment string) {
	if items, ok := s["items"].(schema); ok {
		s = items
	}
	values := quoted(comment)
	if s["type"] == "string" && values != nil && s["enum"] == nil {
		s["enum"] = values
	}
	if number, err := strconv.Atoi(comment); err == nil && s["type"] == "integer" {
		s["enum"] = []int{number}
	}
}

// quoted returns the quoted words of a text.
func quoted(text string) []string {
	var words []string
	for _, m := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(text, -1) {
		words = append(words, m[1])
	}
	return words
}
