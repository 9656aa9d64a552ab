package importer

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
	"github.com/voicelane/realtime-go/internal/specdoc"
)

// Run merges the changes that can be merged.
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

// next returns a group that has not been tried, or nil. Events and arms come first, since
// other changes may need their components.
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

// try applies one group. It reverts it unless the difference disappears and no other
// appears.
func (im *importer) try(before *diff.Report, g diff.Group) (*diff.Report, error) {
	im.texts = map[string]*text{}
	after, err := im.applyAndCompare(before, g)
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

func (im *importer) applyAndCompare(before *diff.Report, g diff.Group) (*diff.Report, error) {
	im.emit = &emitter{up: im.upRoot, names: im.ours.Counterparts, same: im.lists}
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
			return nil, fmt.Errorf("%s still differs", c.Place())
		}
	}
	for _, c := range after.Changes {
		if !had[key(c)] && c.Kind != diff.DefaultChanged && !c.Kind.OfProtocol() {
			return nil, fmt.Errorf("it causes %q at %s, which shares the schema", c.Kind, c.Place())
		}
	}
	return after, nil
}

func key(c diff.Change) string {
	return strings.Join([]string{string(c.Kind), c.Root, c.Path, c.Old, c.New}, "\t")
}

// apply edits the text for one change. The other places of its group share the schema.
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
		return errors.New("this kind of change must be made by hand")
	}
}

// addComponents adds the components that the edit refers to. All are added to the file of
// the schema that refers to the first one.
func (im *importer) addComponents() error {
	if im.emit.created == nil {
		return nil
	}
	file := im.fileOf(im.emit.created[0].after)
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

// fileOf returns the file of a component. For the union of a protocol it is the file of
// its messages' schemas.
func (im *importer) fileOf(component string) string {
	spec := im.ours.Spec
	if p := im.protocol(component); p != nil {
		for _, m := range p.Messages { // The schema of an inline payload is not among the schemas.
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

// order returns our components in the order of their upstream counterparts.
func (im *importer) order(c component) []string {
	all := child(child(im.upRoot, "components").value, "schemas").value
	var names []string
	for _, up := range keys(all) {
		if up == c.upstream {
			return append(names, c.name)
		}
		names = append(names, im.ours.Counterparts(up)...)
	}
	return []string{c.after, c.name}
}
