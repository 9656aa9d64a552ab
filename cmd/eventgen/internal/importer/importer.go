// Package importer brings the structural changes of an upstream document into our
// specification.
//
// The specification is edited in place, each part in the file that holds it: prose,
// order, names and comments stay. What is new gets a marker instead of a description,
// which the lint refuses until the description is written; the upstream document's
// prose is never taken over. Each change is tried by itself and compared again. One
// that does not settle the difference, or that makes another, since a schema of ours
// is shared by places that do not change, is taken back and reported.
package importer

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
	"github.com/voicelane/realtime-go/internal/specdoc"
)

// Input is what an import works on.
type Input struct {
	Spec     string       // the file of our specification that refers to the others
	Open     specdoc.Open // reads the files
	Upstream *diff.Document
	// Overrides tell what stays different on purpose.
	Overrides *diff.Overrides
}

// Result is what an import did.
type Result struct {
	Files  map[string][]byte // the files of the specification that changed, by name
	Merged []string          // a line for each change that was brought in
	Left   []string          // a line for each that was not, and why
}

// Run imports what can be imported.
func Run(in Input) (*Result, error) {
	im := &importer{in: in, upRoot: in.Upstream.Spec.Root, files: map[string][]byte{}}
	report, err := im.compare(im.read)
	if err != nil {
		return nil, err
	}
	before := maps.Clone(im.files)
	result := &Result{Files: map[string][]byte{}}
	tried := map[string]bool{}
	for {
		g := next(report, tried)
		if g == nil {
			break
		}
		line := describe(*g)
		after, err := im.try(report, *g)
		if err != nil {
			result.Left = append(result.Left, line+": "+err.Error())
			continue
		}
		result.Merged = append(result.Merged, line)
		report = after
	}
	for name, data := range im.files {
		if !bytes.Equal(data, before[name]) {
			result.Files[name] = data
		}
	}
	return result, nil
}

// next returns a group that was not tried yet. Events and arms lead, since what
// follows may need their components.
func next(report *diff.Report, tried map[string]bool) *diff.Group {
	for _, first := range []bool{true, false} {
		for i := range report.Groups {
			g := &report.Groups[i]
			key := describe(*g)
			if tried[key] || first != (g.Kind == diff.EventAdded || g.Kind == diff.ArmAdded) {
				continue
			}
			tried[key] = true
			return g
		}
	}
	return nil
}

func describe(g diff.Group) string {
	text := fmt.Sprintf("%s: %s", g.Kind, g.Subject)
	switch {
	case g.Old != "" && g.New != "":
		text += ": " + g.Old + " -> " + g.New
	case g.Old+g.New != "":
		text += ": " + g.Old + g.New
	}
	return text
}

type importer struct {
	in     Input
	upRoot *yaml.Node
	files  map[string][]byte // our specification with the changes so far

	ours  *diff.Document   // what is compared now
	texts map[string]*text // the files that the current change edits
	emit  *emitter
}

// read reads a file of our specification for the first time.
func (im *importer) read(name string) ([]byte, error) {
	data, err := im.in.Open(name)
	im.files[name] = data
	return data, err
}

// current returns a file as the changes so far have left it.
func (im *importer) current(name string) ([]byte, error) { return im.files[name], nil }

// edited returns a file as the current change has left it.
func (im *importer) edited(name string) ([]byte, error) {
	if t := im.texts[name]; t != nil {
		return t.bytes(), nil
	}
	return im.current(name)
}

func (im *importer) compare(open specdoc.Open) (*diff.Report, error) {
	ours, err := diff.Read(im.in.Spec, open)
	if err != nil {
		return nil, err
	}
	im.ours = ours
	return diff.Compare(ours, im.in.Upstream, diff.Options{Overrides: im.in.Overrides, NoNames: true})
}

// try brings in one group, and takes it back unless it settles the difference and
// makes no other.
func (im *importer) try(before *diff.Report, g diff.Group) (*diff.Report, error) {
	im.texts = map[string]*text{}
	after, err := im.settle(before, g)
	if err != nil {
		if _, restore := im.compare(im.current); restore != nil {
			return nil, restore
		}
		return nil, err
	}
	for name, t := range im.texts {
		im.files[name] = t.bytes()
	}
	return after, nil
}

func (im *importer) settle(before *diff.Report, g diff.Group) (*diff.Report, error) {
	im.emit = &emitter{up: im.upRoot, names: im.ours.Answering, same: im.lists}
	if err := im.apply(g.Changes()[0]); err != nil {
		return nil, err
	}
	if err := im.addComponents(); err != nil {
		return nil, err
	}
	after, err := im.compare(im.edited)
	if err != nil {
		return nil, err
	}
	had := map[string]bool{}
	for _, c := range before.Changes {
		had[key(c)] = true
	}
	for _, c := range g.Changes() {
		if slices.ContainsFunc(after.Changes, func(a diff.Change) bool { return key(a) == key(c) }) {
			return nil, fmt.Errorf("%s would still differ", c.Place())
		}
	}
	for _, c := range after.Changes {
		if !had[key(c)] && c.Kind != diff.DefaultChanged && !c.Kind.OfProtocol() {
			return nil, fmt.Errorf("it would bring %q at %s, which has the same schema", c.Kind, c.Place())
		}
	}
	return after, nil
}

func key(c diff.Change) string {
	return strings.Join([]string{string(c.Kind), c.Root, c.Path, c.Old, c.New}, "\t")
}

// apply edits the text for one change. Its other places share the schema.
func (im *importer) apply(c diff.Change) error {
	switch c.Kind {
	case diff.FieldAdded:
		return im.addField(c)
	case diff.EventAdded:
		return im.addEvent(c)
	case diff.ArmAdded:
		return im.addArm(c)
	case diff.ValueAdded:
		return im.addValues(c)
	case diff.NullAdded:
		return im.allowNull(c)
	case diff.RequiredAdded, diff.RequiredRemoved:
		return im.require(c)
	case diff.BoundTightened, diff.BoundLoosened:
		return im.setKeyword(c, c.Bound, strings.TrimPrefix(c.New, c.Bound+" "))
	case diff.FormatChanged:
		keyword, value, _ := strings.Cut(c.New, " ")
		return im.setKeyword(c, keyword, strings.Trim(value, `"`))
	case diff.Opened:
		return im.renameKey(c, "enum", "x-known-values")
	case diff.Closed:
		return im.renameKey(c, "x-known-values", "enum")
	case diff.Deprecated:
		return im.deprecate(c)
	default:
		return errors.New("this is for a person to decide")
	}
}

// lists reports whether a component of ours lists these values, in any order.
func (im *importer) lists(name string, list []string) bool {
	e, err := im.find(schemas + name)
	if err != nil {
		return false
	}
	for _, key := range []string{"enum", "x-known-values"} {
		if have := values(child(e.value, key).value); have != nil {
			slices.Sort(have)
			return slices.Equal(have, slices.Sorted(slices.Values(list)))
		}
	}
	return false
}

// place is an entry of one of our files.
type place struct {
	entry

	text    *text
	pointer string // in the merged document
}

// find returns what stands at a pointer of our merged document, in the file that
// holds it.
func (im *importer) find(pointer string) (place, error) {
	n := specdoc.At(im.ours.Spec.Root, pointer)
	if n == nil {
		return place{}, fmt.Errorf("%s points at nothing", pointer)
	}
	at := im.ours.Spec.Position(n, pointer)
	t, err := im.open(at.File)
	if err != nil {
		return place{}, err
	}
	written := pointer
	if at.Written != "" {
		written = at.Written
	}
	e, err := t.find(written)
	return place{e, t, pointer}, err
}

// open returns the text of a file for the current change to edit.
func (im *importer) open(file string) (*text, error) {
	if t := im.texts[file]; t != nil {
		return t, t.reparse()
	}
	t, err := parse(im.files[file])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	im.texts[file] = t
	return t, nil
}

// addComponents adds the components that the edit refers to, to the file that holds
// the schema which needs the first of them.
func (im *importer) addComponents() error {
	if im.emit.created == nil {
		return nil
	}
	file := im.home(im.emit.created[0].after)
	for _, c := range im.emit.created {
		t, err := im.open(file)
		if err != nil {
			return err
		}
		all, err := t.find(strings.TrimSuffix(schemas, "/"))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := t.addMember(all.value, c.name, im.order(c), c.lines, true); err != nil {
			return err
		}
	}
	return nil
}

// home is the file that holds a component; of a protocol, its messages.
func (im *importer) home(component string) string {
	spec := im.ours.Spec
	if p := im.protocol(component); p != nil {
		for _, m := range p.Messages { // One that a message holds itself has no place among the schemas.
			component = m.Schema
			if spec.Written(schemas+specdoc.Escape(m.Schema)) == "" {
				break
			}
		}
	}
	n := specdoc.At(spec.Root, schemas+specdoc.Escape(component))
	if n == nil {
		n = spec.Root
	}
	return spec.Position(n, "").File
}

// order lists our components in the order of the upstream ones that they answer to.
func (im *importer) order(c component) []string {
	all := child(child(im.upRoot, "components").value, "schemas").value
	var names []string
	for _, up := range keys(all) {
		if up == c.upstream {
			return append(names, c.name)
		}
		names = append(names, im.ours.Answering(up)...)
	}
	return []string{c.after, c.name}
}

// upstream returns the node at a pointer of the upstream document.
func (im *importer) upstream(pointer string) (*yaml.Node, error) {
	t := text{root: im.upRoot}
	e, err := t.find(pointer)
	return e.value, err
}
