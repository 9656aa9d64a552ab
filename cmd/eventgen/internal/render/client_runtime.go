package render

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
)

// runtimeImport is the import of the tool's runtime, which requires web frameworks: every
// module that imports a client would list them.
const runtimeImport = "\t\"github.com/oapi-codegen/runtime\"\n"

var (
	// stringSegment matches the statement that makes a segment of a path from a string.
	stringSegment = regexp.MustCompile(`(?m)^(\tpathParam\d+, err = )runtime\.StyleParamWithOptions\("simple", false, ("[^"]+"), (\w+), ` +
		`runtime\.StyleParamOptions\{ParamLocation: runtime\.ParamLocationPath, Type: "string", Format: ""\}\)$`)
	// pathParameter matches the same statement for any type.
	pathParameter = regexp.MustCompile(`(?m)^(\t(pathParam\d+), err = runtime\.StyleParam\w+\([^\n]*?, ("[^"]+"), .*)$`)
	// stringHeader matches the statements that read a header of a response as a string.
	stringHeader = regexp.MustCompile(`(?m)^(\t+)var value string\n\t+if err := runtime\.BindStyledParameterWithOptions\("simple", "[^"]+", values\[0\], &value, ` +
		`runtime\.BindStyledParameterOptions\{ParamLocation: runtime\.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""\}\); ` +
		`err != nil \{\n\t+return nil, err\n\t+\}\n`)
)

// checkedPaths adds a check of each path parameter. The tool escapes what would end a
// segment, and lets one through that is empty or a dot segment: the request would then
// reach another operation. A string needs no more than package wire to be a segment.
func checkedPaths(src []byte) []byte {
	if !pathParameter.Match(src) {
		return src
	}
	src = stringSegment.ReplaceAll(src, []byte("${1}wire.PathSegment($2, $3)"))
	src = pathParameter.ReplaceAll(src, []byte("$1\n\tif err == nil {\n\t\terr = wire.CheckSegment($3, $2)\n\t}"))
	return bytes.Replace(src, []byte(runtimeImport), []byte(runtimeImport+"\t"+strconv.Quote(packages["wire"])+"\n"), 1)
}

// withoutRuntime reads headers that are strings as they are, and removes the import of
// the tool's runtime if nothing uses it then. Parameters of other kinds, such as those of a
// query, keep it.
func withoutRuntime(src []byte) []byte {
	src = stringHeader.ReplaceAll(src, []byte("${1}value := values[0]\n"))
	if usesRuntime(src) {
		return src
	}
	return bytes.Replace(src, []byte(runtimeImport), nil, 1)
}

// usesRuntime reports whether the code selects from package runtime. Text in comments and
// strings does not count.
func usesRuntime(src []byte) bool {
	file, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	if err != nil {
		return true // Format reports it.
	}
	uses := false
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			x, ok := s.X.(*ast.Ident)
			uses = uses || ok && x.Name == "runtime"
		}
		return !uses
	})
	return uses
}
