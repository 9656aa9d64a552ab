package model

import (
	"cmp"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// operations adds the REST operations of the document, sorted by path and method.
func (b *builder) operations() {
	paths := specdoc.Member(b.doc.Root, "paths")
	if paths == nil {
		return
	}
	for i := 0; i+1 < len(paths.Content); i += 2 {
		path, item := paths.Content[i].Value, specdoc.Alias(paths.Content[i+1])
		for j := 0; j+1 < len(item.Content); j += 2 {
			method := strings.ToUpper(item.Content[j].Value)
			if !slices.Contains([]string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}, method) {
				continue
			}
			o := Operation{Method: method, Path: path, ID: method + " " + path}
			if id := specdoc.Member(item.Content[j+1], "operationId"); id != nil {
				o.ID = id.Value
			}
			b.pkg.Operations = append(b.pkg.Operations, o)
		}
	}
	slices.SortFunc(b.pkg.Operations, func(x, y Operation) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(x.Method, y.Method))
	})
}
