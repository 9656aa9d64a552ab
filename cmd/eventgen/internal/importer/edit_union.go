package importer

import (
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
)

// addArm adds an arm to a union.
func (im *importer) addArm(c diff.Change) error {
	union, err := im.unionOf(c.Parent)
	if err != nil {
		return err
	}
	label := strings.Trim(c.Path[strings.LastIndexByte(c.Path, '<'):], "<>")
	label, _, _ = strings.Cut(label, "/")
	return im.addToUnion(union.pointer, c.After.Places[0].At, label, "")
}

// addToUnion adds an arm of the upstream document to a union and to the mapping of its
// discriminator.
func (im *importer) addToUnion(pointer, at, label, name string) error {
	arm, arms, labels, err := im.arm(componentOf(pointer), at, label, name)
	if err != nil {
		return err
	}
	e, err := im.find(pointer)
	if err != nil {
		return err
	}
	refs := make([]string, len(arms))
	for i, a := range arms {
		refs[i] = "$ref: '" + schemas + a + "'"
	}
	list := child(e.value, "oneOf")
	if list.value == nil {
		list = child(e.value, "anyOf")
	}
	if err := e.text.addElement(list, "$ref: '"+schemas+arm+"'", refs); err != nil {
		return err
	}
	if e, err = im.find(pointer); err != nil {
		return err
	}
	mapping := child(child(e.value, "discriminator").value, "mapping").value
	if mapping == nil || label == "" || child(mapping, label).value != nil {
		return nil
	}
	return e.text.addMember(mapping, label, labels, []string{plain(label) + ": '" + schemas + arm + "'"}, false)
}

// arm returns our component for an arm of an upstream union, and makes it if there is
// none. It also returns our components for all arms of that union, or "", and their
// types.
func (im *importer) arm(union, at, label, name string) (component string, arms, labels []string, err error) {
	n, err := im.upstream(at)
	if err != nil {
		return "", nil, nil, err
	}
	s, err := im.emit.look(n)
	if err != nil {
		return "", nil, nil, err
	}
	im.emit.prefer, im.emit.within = name, union
	hint := model.GoName(label)
	if label == "" { // A scalar, or an object without a type.
		hint = model.GoName(union) + model.GoName(typeOf(s.node))
	}
	if component, err = im.emit.component(s, hint); err != nil {
		return "", nil, nil, err
	}
	if arms, labels, err = im.upstreamArms(at); err != nil {
		return "", nil, nil, err
	}
	for i, l := range labels {
		if l == label && arms[i] == "" {
			arms[i] = component
		}
	}
	return component, arms, labels, nil
}

// upstreamArms returns our components for the arms of a union, or "", and their types.
func (im *importer) upstreamArms(at string) (arms, labels []string, err error) {
	cut := strings.LastIndex(at, "/")
	list, err := im.upstream(at[:cut])
	if err != nil {
		return nil, nil, err
	}
	for _, arm := range list.Content {
		s, err := im.emit.look(arm)
		if err != nil {
			return nil, nil, err
		}
		ours := ""
		if s.name != "" {
			if names := im.ours.Counterparts(s.name); len(names) > 0 {
				ours = names[0]
			}
		}
		arms, labels = append(arms, ours), append(labels, labelOf(s.node))
	}
	return arms, labels, nil
}
