package importer

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// schemaWith returns the one schema of a node that has a keyword, by its pointer.
func (im *importer) schemaWith(n *wirepaths.Node, keywords ...string) (string, entry, error) {
	var found []string
	var at entry
	if n != nil {
		for _, p := range n.Places {
			e, err := im.text.find(p.Schema)
			if err != nil {
				return "", entry{}, err
			}
			has := slices.ContainsFunc(keywords, func(k string) bool { return child(e.value, k).value != nil })
			if has && !slices.Contains(found, p.Schema) {
				found, at = append(found, p.Schema), e
			}
		}
	}
	switch len(found) {
	case 1:
		return found[0], at, nil
	case 0:
		return "", entry{}, fmt.Errorf("no schema of ours has %s there", strings.Join(keywords, " or "))
	}
	return "", entry{}, fmt.Errorf("several schemas of ours describe it: %s", strings.Join(found, ", "))
}

// addField adds a member to an object.
func (im *importer) addField(c diff.Change) error {
	pointer, schema, err := im.schemaWith(c.Parent, "properties")
	if err != nil {
		return err
	}
	at := c.After.Places[0].At
	cut := strings.LastIndex(at, "/")
	siblings, err := im.upstream(at[:cut])
	if err != nil {
		return err
	}
	node, err := im.upstream(at)
	if err != nil {
		return err
	}
	name := strings.NewReplacer("~1", "/", "~0", "~").Replace(at[cut+1:])
	owner := pointer[strings.LastIndex(pointer, "/")+1:]
	im.emit.within = componentOf(pointer)
	lines, err := im.emit.member(name, node, model.GoName(owner))
	if err != nil {
		return err
	}
	if err := im.text.addMember(child(schema.value, "properties").value, name, keys(siblings), lines, false); err != nil {
		return err
	}
	if !c.After.Required {
		return nil
	}
	if err := im.reparse(); err != nil {
		return err
	}
	return im.setRequired(pointer, name, strings.TrimSuffix(at[:cut], "/properties"))
}

// componentOf names the component that a JSON pointer leads into.
func componentOf(pointer string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(pointer, schemas), "/")
	return name
}

// setRequired lists a member of the schema at a pointer as required.
func (im *importer) setRequired(pointer, name, upOwner string) error {
	schema, err := im.text.find(pointer)
	if err != nil {
		return err
	}
	var order []string
	if up, err := im.upstream(upOwner); err == nil {
		order = values(child(up, "required").value)
	}
	if list := child(schema.value, "required"); list.value != nil {
		return im.text.addElement(list, name, order)
	}
	properties := child(schema.value, "properties")
	if !block(schema.value) || properties.key == nil {
		return fmt.Errorf("line %d is not written in lines", schema.line()+1)
	}
	im.text.insert(properties.line(), indent("required: ["+plain(name)+"]", properties.key.Column-1))
	return nil
}

// require takes over whether a member is required.
func (im *importer) require(c diff.Change) error {
	pointer, schema, err := im.schemaWith(c.Parent, "properties")
	if err != nil {
		return err
	}
	upAt := c.After.Places[0].At
	name := strings.NewReplacer("~1", "/", "~0", "~").Replace(upAt[strings.LastIndex(upAt, "/")+1:])
	if c.Kind == diff.RequiredAdded {
		owner, _, _ := strings.Cut(upAt, "/properties/"+upAt[strings.LastIndex(upAt, "/")+1:])
		return im.setRequired(pointer, name, owner)
	}
	list := child(schema.value, "required")
	if list.value == nil || !slices.Contains(values(list.value), name) {
		return fmt.Errorf("%s does not require it", pointer)
	}
	return im.text.removeElement(list, name)
}

// addEvent adds an event to its union.
func (im *importer) addEvent(c diff.Change) error {
	at := c.After.Places[0].At
	union := componentOf(at)
	ours := im.ours.Answering(union)
	if len(ours) != 1 {
		return fmt.Errorf("%d unions of ours answer to %s", len(ours), union)
	}
	wire := c.Root[strings.LastIndexByte(c.Root, ' ')+1:]
	name := model.GoName(wire)
	if im.ours.Has(name) { // The name is another protocol's.
		name = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(ours[0], "Event"), "Client"), "Server") + name
	}
	if err := im.addToUnion(schemas+ours[0], at, wire, name); err != nil {
		return err
	}
	if im.async == nil {
		return nil
	}
	return im.addMessage(schemas+ours[0], name, wire)
}

// addArm adds an arm to a union.
func (im *importer) addArm(c diff.Change) error {
	pointer, _, err := im.schemaWith(c.Parent, "oneOf")
	if err != nil {
		return err
	}
	label := strings.Trim(c.Path[strings.LastIndexByte(c.Path, '<'):], "<>")
	label, _, _ = strings.Cut(label, "/")
	return im.addToUnion(pointer, c.After.Places[0].At, label, "")
}

// addToUnion adds an arm of the upstream document to a union, and to the mapping of
// its discriminator.
func (im *importer) addToUnion(pointer, at, label, name string) error {
	arm, err := im.upstream(at)
	if err != nil {
		return err
	}
	s, err := im.emit.look(arm)
	if err != nil {
		return err
	}
	im.emit.prefer, im.emit.within = name, componentOf(pointer)
	ref, err := im.emit.component(s, model.GoName(label))
	if err != nil {
		return err
	}
	refs, labels, err := im.upstreamArms(at)
	if err != nil {
		return err
	}
	e, err := im.text.find(pointer)
	if err != nil {
		return err
	}
	element := "$ref: '" + schemas + ref + "'"
	for i, l := range labels {
		if l == label && refs[i] == "" {
			refs[i] = element
		}
	}
	if err := im.text.addElement(child(e.value, "oneOf"), element, refs); err != nil {
		return err
	}
	if err := im.reparse(); err != nil {
		return err
	}
	if e, err = im.text.find(pointer); err != nil {
		return err
	}
	mapping := child(child(e.value, "discriminator").value, "mapping").value
	if mapping == nil || child(mapping, label).value != nil {
		return nil
	}
	return im.text.addMember(mapping, label, labels, []string{plain(label) + ": '" + schemas + ref + "'"}, false)
}

// upstreamArms lists the arms beside one, as our references and by their types.
func (im *importer) upstreamArms(at string) (refs, labels []string, err error) {
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
		ref := ""
		if s.name != "" {
			if names := im.ours.Answering(s.name); len(names) > 0 {
				ref = "$ref: '" + schemas + names[0] + "'"
			}
		}
		refs, labels = append(refs, ref), append(labels, labelOf(s.node))
	}
	return refs, labels, nil
}

// addValues adds values to an enumeration or to a list of known values.
func (im *importer) addValues(c diff.Change) error {
	pointer, _, err := im.schemaWith(c.Before, "enum", "x-known-values")
	if err != nil {
		return err
	}
	up, err := im.upstream(c.After.Places[0].At)
	if err != nil {
		return err
	}
	order, err := im.emit.known(up)
	if err != nil {
		return err
	}
	for _, v := range order {
		if !slices.Contains(c.Values, v) {
			continue
		}
		if err := im.addValue(pointer, v, order); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) addValue(pointer, value string, order []string) error {
	schema, err := im.text.find(pointer)
	if err != nil {
		return err
	}
	list := child(schema.value, "enum")
	if list.value == nil {
		list = child(schema.value, "x-known-values")
	}
	before := predecessor(value, values(list.value), order)
	if err := im.text.addElement(list, value, order); err != nil {
		return err
	}
	if err := im.reparse(); err != nil {
		return err
	}
	if schema, err = im.text.find(pointer); err != nil {
		return err
	}
	im.text.addBullet(child(schema.value, "description"), before, value)
	return im.reparse()
}

// allowNull lets a member be null.
func (im *importer) allowNull(c diff.Change) error {
	at := c.Before.Places[0].At
	e, err := im.text.find(at)
	if err != nil {
		return err
	}
	if !block(e.value) {
		return fmt.Errorf("line %d is not written in lines", e.line()+1)
	}
	if typ := child(e.value, "type"); typ.value != nil && typ.value.Kind == yaml.ScalarNode {
		im.text.lines[typ.line()] = indent("type: ["+typ.value.Value+", 'null']", typ.key.Column-1)
		return nil
	}
	if ref := child(e.value, "$ref"); ref.value != nil {
		line, by := ref.line(), ref.key.Column-1
		im.text.lines = slices.Delete(im.text.lines, line, line+1)
		end := im.text.end(e.line(), by)
		im.text.insert(end, indent("anyOf:", by), indent("  - $ref: '"+ref.value.Value+"'", by), indent("  - type: 'null'", by))
		return nil
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		if list := child(e.value, key).value; block(list) {
			im.text.insert(im.text.end(list.Content[0].Line-1, list.Column-1), indent("- type: 'null'", list.Column-1))
			return nil
		}
	}
	return fmt.Errorf("line %d has neither a type nor a reference", e.line()+1)
}

// setKeyword writes a keyword with a plain value, or takes it out.
func (im *importer) setKeyword(c diff.Change, keyword, value string) error {
	_, e, err := im.schemaWith(c.Before, keyword)
	if err != nil {
		if value == "" {
			return err
		}
		if _, e, err = im.schemaWith(c.Before, "type", "$ref"); err != nil {
			return err
		}
	}
	if !block(e.value) {
		return fmt.Errorf("line %d is not written in lines", e.line()+1)
	}
	if have := child(e.value, keyword); have.value != nil {
		line := have.line()
		if value == "" {
			im.text.lines = slices.Delete(im.text.lines, line, line+1)
			return nil
		}
		im.text.lines[line] = indent(keyword+": "+value, have.key.Column-1)
		return nil
	}
	behind := child(e.value, "type")
	if behind.value == nil {
		behind = child(e.value, "$ref")
	}
	im.text.insert(behind.line()+1, indent(keyword+": "+value, behind.key.Column-1))
	return nil
}

// deprecate marks a member, not the schema that it may share with others.
func (im *importer) deprecate(c diff.Change) error {
	e, err := im.text.find(c.Before.Places[0].At)
	if err != nil {
		return err
	}
	if !block(e.value) {
		return fmt.Errorf("line %d is not written in lines", e.line()+1)
	}
	column := e.value.Column - 1
	im.text.insert(im.text.end(e.line(), column), indent("deprecated: true", column))
	return nil
}

// renameKey writes a list of values under another keyword.
func (im *importer) renameKey(c diff.Change, from, to string) error {
	_, e, err := im.schemaWith(c.Before, from)
	if err != nil {
		return err
	}
	key := child(e.value, from).key
	line := im.text.lines[key.Line-1]
	im.text.lines[key.Line-1] = line[:key.Column-1] + to + strings.TrimPrefix(line[key.Column-1:], from)
	return nil
}
