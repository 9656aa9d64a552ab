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
	for merged := -1; merged < len(result.Merged); { // A change can depend on one that is merged after it.
		merged = len(result.Merged)
		if report, err = im.pass(report, result); err != nil {
			return nil, err
		}
	}
	for name, data := range im.files {
		if !bytes.Equal(data, before[name]) {
			result.Files[name] = data
		}
	}
	return result, nil
}

// pass tries each group of changes once and sets the changes that are left.
func (im *importer) pass(report *diff.Report, result *Result) (*diff.Report, error) {
	result.Left = nil
	tried := map[string]bool{}
	for g := next(report, tried); g != nil; g = next(report, tried) {
		line := describe(*g)
		after, err := im.try(report, *g)
		switch {
		case errors.Is(err, errBroken):
			return nil, err
		case err != nil:
			result.Left = append(result.Left, line+": "+err.Error())
		case slices.Contains(result.Merged, line): // It came back, and would do so in each run.
			result.Left = append(result.Left, line+": another change undoes it")
		default:
			result.Merged = append(result.Merged, line)
			report = after
		}
	}
	return report, nil
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

// errBroken is the reason for the end of an import: the specification before the change
// cannot be read.
var errBroken = errors.New("the specification cannot be read")

// try applies one group. It reverts it unless the difference disappears and no other
// appears at a place that was there before.
func (im *importer) try(before *diff.Report, g diff.Group) (*diff.Report, error) {
	var first error
	for _, edit := range im.edits(g.Kind) {
		im.texts = map[string]*text{}
		after, err := im.applyAndCompare(before, g, edit)
		if err == nil {
			for name, t := range im.texts {
				im.files[name] = t.bytes()
			}
			return after, nil
		}
		if first == nil {
			first = err
		}
		if _, err := im.compare(im.current); err != nil {
			return nil, fmt.Errorf("%w: %w", errBroken, err)
		}
	}
	return nil, first
}

// applyAndCompare edits the text for a group. Its places share a schema, so that one edit
// settles them all, or each has its own.
func (im *importer) applyAndCompare(before *diff.Report, g diff.Group, edit func(diff.Change) error) (*diff.Report, error) {
	changes := g.Changes()
	for again := true; ; {
		im.emit = &emitter{up: im.upRoot, names: im.ours.Counterparts, same: im.lists}
		if err := edit(changes[0]); err != nil {
			return nil, err
		}
		if err := im.addComponents(); err != nil {
			return nil, err
		}
		after, err := im.compare(im.edited)
		if err != nil {
			return nil, err
		}
		if err := caused(before, after); err != nil {
			return nil, err
		}
		left := stillThere(changes, after)
		switch {
		case len(left) == 0:
			return after, nil
		case len(left) == len(changes) && !again:
			return nil, fmt.Errorf("%s still differs", left[0].Place())
		}
		// Once without progress: a member can refer to a component now that lacks the same.
		again = again && len(left) < len(changes)
		changes = left
	}
}

// stillThere returns the changes that a report still has, as it has them.
func stillThere(changes []diff.Change, report *diff.Report) []diff.Change {
	have := map[string]diff.Change{}
	for _, c := range report.Changes {
		have[key(c)] = c
	}
	var left []diff.Change
	for _, c := range changes {
		if now, ok := have[key(c)]; ok {
			left = append(left, now)
		}
	}
	return left
}

// caused returns an error for a change that an edit has caused. Changes at the place of a
// settled one and below it do not count: before the edit something was missing there, and
// now less is.
func caused(before, after *diff.Report) error {
	left := map[string]bool{}
	for _, c := range after.Changes {
		left[key(c)] = true
	}
	had, settled := map[string]bool{}, map[string][]string{}
	for _, c := range before.Changes {
		had[key(c)] = true
		if !left[key(c)] {
			settled[c.Root] = append(settled[c.Root], c.Path)
		}
	}
	for _, c := range after.Changes {
		inside := slices.ContainsFunc(settled[c.Root], func(path string) bool { return strings.HasPrefix(c.Path, path) })
		if !had[key(c)] && !inside && c.Kind != diff.DefaultChanged && !c.Kind.OfProtocol() {
			return fmt.Errorf("it causes %q at %s, which shares the schema", c.Kind, c.Place())
		}
	}
	return nil
}

func key(c diff.Change) string {
	return strings.Join([]string{string(c.Kind), c.Root, c.Path, c.Old, c.New}, "\t")
}

// edits returns the functions that edit the text for a change, in the order in which they
// are tried. Other places of the group may share the schema.
func (im *importer) edits(kind diff.Kind) []func(diff.Change) error {
	one := func(edit func(diff.Change) error) []func(diff.Change) error { return []func(diff.Change) error{edit} }
	switch kind {
	case diff.FieldAdded:
		return []func(diff.Change) error{im.addField, im.addOpenArm}
	case diff.EventAdded:
		return one(im.addEvent)
	case diff.ArmAdded:
		return one(im.addArm)
	case diff.KindWidened, diff.KindChanged, diff.ShapeAdded:
		return one(im.widen)
	case diff.ValueAdded:
		return []func(diff.Change) error{im.addValues, im.widen}
	case diff.NullAdded:
		return []func(diff.Change) error{im.allowNull, im.allowNullInSchema}
	case diff.RequiredAdded, diff.RequiredRemoved:
		return one(im.require)
	case diff.BoundTightened, diff.BoundLoosened:
		return one(func(c diff.Change) error { return im.setKeyword(c, c.Bound, strings.TrimPrefix(c.New, c.Bound+" ")) })
	case diff.FormatChanged:
		return one(func(c diff.Change) error {
			keyword, value, _ := strings.Cut(c.New, " ")
			return im.setKeyword(c, keyword, strings.Trim(value, `"`))
		})
	case diff.Opened:
		return one(func(c diff.Change) error { return im.renameKey(c, "enum", "x-known-values") })
	case diff.Closed:
		return one(func(c diff.Change) error { return im.renameKey(c, "x-known-values", "enum") })
	case diff.Deprecated:
		return one(im.deprecate)
	default:
		return one(func(diff.Change) error { return errByHand })
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
