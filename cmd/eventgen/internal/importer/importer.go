// Package importer brings the structural changes of an upstream document into our
// specification.
//
// The specification is edited in place: its prose, order, names and comments stay.
// What is new gets a marker instead of a description, which the lint refuses until
// somebody has written one; the upstream document's prose is never taken over. Each
// change is tried by itself and compared again. One that does not settle the
// difference, or that makes another, since a schema of ours is shared by places that
// do not change, is taken back and reported.
package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
	"github.com/voicelane/realtime-go/internal/specdoc"
)

// Input is what an import works on.
type Input struct {
	Spec     []byte // our OpenAPI document
	AsyncAPI []byte // the channels that refer to it; nil where there are none
	Name     string // of the upstream document, for errors
	Upstream []byte
	// Overrides tell what stays different on purpose.
	Overrides *diff.Overrides
}

// Result is the specification after an import.
type Result struct {
	Spec, AsyncAPI []byte
	Merged         []string // a line for each change that was brought in
	Left           []string // a line for each that was not, and why
}

// Run imports what can be imported.
func Run(in Input) (*Result, error) {
	up, err := diff.Read(in.Name, one(in.Upstream))
	if err != nil {
		return nil, err
	}
	im := &importer{in: in, up: up, upRoot: up.Spec.Root, spec: in.Spec, async: in.AsyncAPI}
	report, err := im.compare(in.Spec)
	if err != nil {
		return nil, err
	}
	result := &Result{}
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
	result.Spec, result.AsyncAPI = im.spec, im.async
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
	in          Input
	up          *diff.Document
	upRoot      *yaml.Node
	spec, async []byte

	ours *diff.Document // of spec, as it is now
	text *text
	emit *emitter
}

func (im *importer) compare(spec []byte) (*diff.Report, error) {
	ours, err := diff.Read("spec", one(spec))
	if err != nil {
		return nil, err
	}
	im.ours = ours
	return diff.Compare(ours, im.up, diff.Options{Overrides: im.in.Overrides, NoNames: true})
}

// try brings in one group, and takes it back unless it settles the difference and
// makes no other.
func (im *importer) try(before *diff.Report, g diff.Group) (*diff.Report, error) {
	async := im.async
	after, err := im.settle(before, g)
	if err != nil {
		im.async = async
		_, restore := im.compare(im.spec)
		if restore != nil {
			return nil, restore
		}
		return nil, err
	}
	im.spec = im.text.bytes()
	return after, nil
}

func (im *importer) settle(before *diff.Report, g diff.Group) (*diff.Report, error) {
	var err error
	if im.text, err = parse(im.spec); err != nil {
		return nil, err
	}
	im.emit = &emitter{up: im.upRoot, names: im.ours.Answering, same: im.lists}
	if err := im.apply(g.Changes()[0]); err != nil {
		return nil, err
	}
	if err := im.addComponents(); err != nil {
		return nil, err
	}
	after, err := im.compare(im.text.bytes())
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
		if !had[key(c)] && !strings.HasPrefix(string(c.Kind), string(diff.DefaultChanged)) {
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
	e, err := im.text.find(schemas + name)
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

// reparse reads the text anew after an edit, since the lines have moved.
func (im *importer) reparse() error {
	t, err := parse(im.text.bytes())
	if err == nil {
		im.text = t
	}
	return err
}

// addComponents adds the components that the edit refers to.
func (im *importer) addComponents() error {
	for _, c := range im.emit.created {
		if err := im.reparse(); err != nil {
			return err
		}
		all, err := im.text.find(strings.TrimSuffix(schemas, "/"))
		if err != nil {
			return err
		}
		if err := im.text.addMember(all.value, c.name, im.order(c), c.lines, true); err != nil {
			return err
		}
	}
	return im.reparse()
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

func one(data []byte) specdoc.Open {
	return func(string) ([]byte, error) { return data, nil }
}
