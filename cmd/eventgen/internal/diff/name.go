package diff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/load"
	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
	"github.com/voicelane/realtime-go/internal/specdoc"
	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// namer finds the Go identifiers of places on the wire.
type namer struct {
	old, new *goNames // Nil for a foreign document.
	notes    []string
}

// goNames are the identifiers of the package that is generated from a document.
type goNames struct {
	structs map[string]*model.Struct // By the JSON pointer of their schema.
	named   map[string]*model.Named  // By name.
	doc     *Document
}

func newNamer(c *comparison) *namer {
	n := &namer{}
	var olds, news []string
	for _, u := range c.scope.unions {
		olds, news = append(olds, u.old), append(news, u.new)
	}
	// Our document names both sides if the other one is foreign.
	if !c.scope.foreign || !c.scope.inverted {
		n.old = n.read(c.before, olds)
	}
	if !c.scope.foreign || c.scope.inverted {
		n.new = n.read(c.after, news)
	}
	return n
}

func (n *namer) read(d *Document, unions []string) *goNames {
	g := &goNames{structs: map[string]*model.Struct{}, named: map[string]*model.Named{}, doc: d}
	doc, err := load.New(d.Spec)
	if err != nil {
		n.note("Go names are guessed: " + err.Error())
		return g
	}
	opts := model.Options{}
	if d.unions == nil {
		opts.Unions = slices.DeleteFunc(unions, func(u string) bool { return !d.Has(u) })
	}
	pkg, err := model.Build(doc, opts)
	if err != nil {
		n.note("Go names are guessed: " + err.Error())
		return g
	}
	for _, s := range pkg.Structs {
		g.structs[s.Position.Pointer] = s
	}
	for _, t := range pkg.Named {
		g.named[t.Type.Name] = t
	}
	return g
}

func (n *namer) note(text string) {
	if !slices.Contains(n.notes, text) {
		n.notes = append(n.notes, text)
	}
}

// identifiers returns the Go identifiers of a change: those of the document that has the
// place, or those that the generator would choose.
func (n *namer) identifiers(c Change) []string {
	var ids []string
	add := func(id string) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	names, at, parent := n.old, c.Before, c.Parent
	if c.Before == nil || names == nil && n.new != nil {
		names, at, parent = n.new, c.After, c.AfterParent
	}
	switch {
	case names == nil && n.old != nil && c.Before == nil: // Added upstream.
		names, at, parent = n.old, nil, c.Parent
	case names == nil && n.new != nil && c.After == nil: // Missing in our document.
		names, at, parent = n.new, nil, c.AfterParent
	case names == nil:
		return nil
	}
	if at == nil {
		add(names.predicted(c, parent))
		return ids
	}
	for _, p := range at.Places {
		if c.Path == "" {
			if whole(p.At) == p.At { // A part of an allOf has no type of its own.
				add(names.root(p))
			}
			continue
		}
		id := names.member(p.At)
		if id == "" {
			id = names.typeAt(p.Schema)
		}
		add(id)
		for _, v := range c.Values {
			add(names.constant(p, v))
		}
	}
	return ids
}

// root returns the identifier of an event, a webhook or an operation.
func (g *goNames) root(p wirepaths.Place) string {
	if id := g.typeAt(p.Schema); id != "" {
		return id
	}
	if strings.HasPrefix(p.At, "#/paths/") {
		at, _, _ := strings.Cut(p.At, "/requestBody")
		at, _, _ = strings.Cut(at, "/responses/")
		op, _ := g.doc.At(at)
		if id, ok := op["operationId"].(string); ok {
			return "Client." + model.GoName(id)
		}
	}
	return ""
}

// predicted returns the identifier that the generator would choose for a new place.
func (g *goNames) predicted(c Change, parent *wirepaths.Node) string {
	if c.Path == "" {
		if c.Kind == EventAdded || c.Kind == EventRemoved {
			return model.GoName(name(c.Root))
		}
		return ""
	}
	if parent == nil {
		return ""
	}
	for _, p := range parent.Places {
		id := g.typeAt(p.Schema)
		if id == "" {
			id = g.member(p.At)
		}
		switch {
		case id == "":
			continue
		case leaf(c.Path)[0] == '.':
			return id + "." + model.GoName(leaf(c.Path)[1:])
		}
		return id
	}
	return ""
}

// member returns the field at a JSON pointer, or the type that has it.
func (g *goNames) member(at string) string {
	owner, rest, ok := cutLast(at, "/properties/")
	if !ok {
		return ""
	}
	wire, _, _ := strings.Cut(rest, "/")
	wire = specdoc.Unescape(wire)
	owner = whole(owner)
	s := g.structs[owner]
	if s == nil {
		if component := g.typeAt(owner); component != "" {
			return component + "." + model.GoName(wire)
		}
		return ""
	}
	for _, f := range s.Fields {
		if f.Wire == wire && f.Const == nil {
			return s.Name + "." + f.Name
		}
	}
	return s.Name
}

// typeAt returns the type of the schema at a JSON pointer.
func (g *goNames) typeAt(pointer string) string {
	pointer = whole(pointer)
	if s := g.structs[pointer]; s != nil {
		return s.Name
	}
	component, ok := strings.CutPrefix(pointer, "#/components/schemas/")
	if !ok {
		return ""
	}
	component, _, inside := strings.Cut(component, "/")
	if inside && !strings.Contains(pointer, "/oneOf/") && !strings.Contains(pointer, "/anyOf/") {
		return ""
	}
	if goName, ok := g.doc.wire.Component(component)["x-go-name"].(string); ok {
		return goName
	}
	return component
}

// constant returns the constant for a value of the type at a place.
func (g *goNames) constant(p wirepaths.Place, value string) string {
	t := g.named[g.typeAt(p.Schema)]
	if t == nil {
		return ""
	}
	for _, v := range t.Values {
		if v.Wire == value {
			return v.Name
		}
	}
	prefix := t.Type.Name
	if own, ok := g.doc.wire.Component(g.typeAt(p.Schema))["x-go-prefix"]; ok {
		prefix = fmt.Sprint(own)
	}
	return prefix + strings.TrimPrefix(model.GoName(value), "V")
}

// whole returns the JSON pointer of the schema that the schema at a pointer is a part of
// by allOf.
func whole(pointer string) string {
	for {
		before, index, ok := cutLast(pointer, "/allOf/")
		if _, err := strconv.Atoi(index); !ok || err != nil {
			return pointer
		}
		pointer = before
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
