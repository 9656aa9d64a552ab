package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// schemaWith returns the only schema of a node that has one of the keywords.
func (im *importer) schemaWith(n *wirepaths.Node, keywords ...string) (place, error) {
	var found []string
	var at place
	if n != nil {
		for _, p := range n.Places {
			e, err := im.find(p.Schema)
			if err != nil {
				return place{}, err
			}
			has := slices.ContainsFunc(keywords, func(k string) bool { return child(e.value, k).value != nil })
			if has && !slices.Contains(found, p.Schema) {
				found, at = append(found, p.Schema), e
			}
		}
	}
	switch len(found) {
	case 1:
		return at, nil
	case 0:
		return place{}, fmt.Errorf("no schema has %s there", strings.Join(keywords, " or "))
	}
	return place{}, fmt.Errorf("several schemas describe it: %s", strings.Join(found, ", "))
}

// addField adds a member to an object.
func (im *importer) addField(c diff.Change) error {
	schema, err := im.objectOf(c.Parent)
	if err != nil {
		return err
	}
	pointer := schema.pointer
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
	name := unescaped(at)
	im.emit.within = componentOf(pointer)
	lines, err := im.emit.member(name, node, model.GoName(unescaped(pointer)))
	if err != nil {
		return err
	}
	if err := schema.text.addMember(child(schema.value, "properties").value, name, keys(siblings), lines, false); err != nil {
		return err
	}
	if !c.After.Required {
		return nil
	}
	return im.setRequired(pointer, name, strings.TrimSuffix(at[:cut], "/properties"))
}

// objectOf returns the only schema of a node that has members. A schema that has lost all
// of its members gets a list for new ones.
func (im *importer) objectOf(n *wirepaths.Node) (place, error) {
	schema, err := im.schemaWith(n, "properties")
	if err == nil {
		if block(child(schema.value, "properties").value) {
			return schema, nil
		}
	} else if schema, err = im.schemaWith(n, "type"); err != nil {
		return place{}, err
	}
	typ := child(schema.value, "type")
	if typ.value == nil || typeOf(schema.value) != "object" || !block(schema.value) {
		return place{}, fmt.Errorf("line %d is not an object in block style", schema.line()+1)
	}
	if empty := child(schema.value, "properties"); empty.value != nil {
		if len(empty.value.Content) > 0 {
			return place{}, fmt.Errorf("line %d is not in block style", empty.line()+1)
		}
		schema.text.lines = slices.Delete(schema.text.lines, empty.line(), empty.line()+1)
	}
	// The placeholder makes the list a mapping in block style; addMember removes it.
	schema.text.insert(schema.text.end(typ.line(), typ.key.Column), indent("properties:", typ.key.Column-1), indent(placeholder+": {}", typ.key.Column+1))
	return im.find(schema.pointer)
}

// componentOf returns the component that a JSON pointer leads into.
func componentOf(pointer string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(pointer, schemas), "/")
	return name
}

// setRequired adds a member to the required ones of the schema at a pointer.
func (im *importer) setRequired(pointer, name, upOwner string) error {
	schema, err := im.find(pointer)
	if err != nil {
		return err
	}
	var order []string
	if up, err := im.upstream(upOwner); err == nil {
		order = values(child(up, "required").value)
	}
	if list := child(schema.value, "required"); list.value != nil {
		return schema.text.addElement(list, name, order)
	}
	properties := child(schema.value, "properties")
	if !block(schema.value) || properties.key == nil {
		return fmt.Errorf("line %d is not in block style", schema.line()+1)
	}
	schema.text.insert(properties.line(), indent("required: ["+plain(name)+"]", properties.key.Column-1))
	return nil
}

// require makes a member required or optional.
func (im *importer) require(c diff.Change) error {
	schema, err := im.schemaWith(c.Parent, "properties")
	if err != nil {
		return err
	}
	upAt := c.After.Places[0].At
	name := unescaped(upAt)
	if c.Kind == diff.RequiredAdded {
		owner, _, _ := strings.Cut(upAt, "/properties/"+upAt[strings.LastIndex(upAt, "/")+1:])
		return im.setRequired(schema.pointer, name, owner)
	}
	list := child(schema.value, "required")
	if list.value == nil || !slices.Contains(values(list.value), name) {
		return fmt.Errorf("%s does not require it", schema.pointer)
	}
	return schema.text.removeElement(list, name)
}

// addValues adds values to an enumeration or to a list of known values.
func (im *importer) addValues(c diff.Change) error {
	up, err := im.upstream(c.After.Places[0].At)
	if err != nil {
		return err
	}
	order, err := im.emit.known(up)
	if err != nil {
		return err
	}
	schema, err := im.schemaWith(c.Before, "enum", "x-known-values")
	if err != nil {
		return im.addList(c, order)
	}
	for _, v := range order {
		if !slices.Contains(c.Values, v) {
			continue
		}
		if err := im.addValue(schema.pointer, v, order); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) addValue(pointer, value string, order []string) error {
	schema, err := im.find(pointer)
	if err != nil {
		return err
	}
	list := child(schema.value, "enum")
	if list.value == nil {
		list = child(schema.value, "x-known-values")
	}
	before := predecessor(value, values(list.value), order)
	if err := schema.text.addElement(list, value, order); err != nil {
		return err
	}
	if schema, err = im.find(pointer); err != nil {
		return err
	}
	schema.text.addBullet(child(schema.value, "description"), before, value)
	return nil
}

// allowNull adds null to the values of a member.
func (im *importer) allowNull(c diff.Change) error {
	e, err := im.find(c.Before.Places[0].At)
	if err != nil {
		return err
	}
	return addNull(e.text, e.entry)
}

// allowNullInSchema adds null to the values of a member's schema, which others share.
func (im *importer) allowNullInSchema(c diff.Change) error {
	p := c.Before.Places[len(c.Before.Places)-1]
	if p.At == p.Schema {
		return errors.New("the schema is the member's own")
	}
	e, err := im.find(p.Schema)
	if err != nil {
		return err
	}
	return addNull(e.text, e.entry)
}

func addNull(t *text, e entry) error {
	if !block(e.value) {
		return fmt.Errorf("line %d is not in block style", e.line()+1)
	}
	if typ := child(e.value, "type"); typ.value != nil && typ.value.Kind == yaml.ScalarNode {
		t.lines[typ.line()] = indent("type: ["+typ.value.Value+", 'null']", typ.key.Column-1)
		return nil
	}
	if list := child(e.value, "type"); list.value != nil {
		return t.addElement(list, "null", nil)
	}
	if ref := child(e.value, "$ref"); ref.value != nil && e.key == nil {
		return fmt.Errorf("line %d: the arms of a union have no null of their own", e.line()+1)
	} else if ref.value != nil {
		line, by := ref.line(), ref.key.Column-1
		t.lines = slices.Delete(t.lines, line, line+1)
		end := t.end(e.line(), by)
		t.insert(end, indent("anyOf:", by), indent("  - $ref: '"+ref.value.Value+"'", by), indent("  - type: 'null'", by))
		return nil
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		if list := child(e.value, key).value; block(list) {
			last := list.Content[len(list.Content)-1]
			t.insert(t.end(last.Line-1, list.Column), indent("- type: 'null'", list.Column-1))
			return nil
		}
	}
	return fmt.Errorf("line %d has neither a type nor a reference", e.line()+1)
}

// limited has the types that keywords limit. Other keywords stand beside any type.
var limited = map[string][]string{
	"minimum": {"integer", "number"}, "maximum": {"integer", "number"},
	"exclusiveMinimum": {"integer", "number"}, "exclusiveMaximum": {"integer", "number"}, "multipleOf": {"integer", "number"},
	"minLength": {"string"}, "maxLength": {"string"}, "pattern": {"string"}, "contentEncoding": {"string"},
	"minItems": {"array"}, "maxItems": {"array"}, "uniqueItems": {"array"},
	"minProperties": {"object"}, "maxProperties": {"object"},
}

// schemaFor returns the only schema of a node that has a type for a keyword, or else the
// only reference.
func (im *importer) schemaFor(n *wirepaths.Node, keyword string) (place, error) {
	fits := &wirepaths.Node{}
	for _, p := range n.Places {
		e, err := im.find(p.Schema)
		if err != nil {
			return place{}, err
		}
		if slices.Contains(limited[keyword], typeOf(e.value)) {
			fits.Places = append(fits.Places, p)
		}
	}
	if len(fits.Places) > 0 {
		n = fits
	}
	return im.schemaWith(n, "type", "$ref")
}

// setKeyword sets a keyword to a scalar, or removes it.
func (im *importer) setKeyword(c diff.Change, keyword, value string) error {
	e, err := im.schemaWith(c.Before, keyword)
	if err != nil {
		if value == "" {
			return err
		}
		if e, err = im.schemaFor(c.Before, keyword); err != nil {
			return err
		}
	}
	if !block(e.value) {
		return fmt.Errorf("line %d is not in block style", e.line()+1)
	}
	if have := child(e.value, keyword); have.value != nil {
		line := have.line()
		if value == "" {
			e.text.lines = slices.Delete(e.text.lines, line, line+1)
			return nil
		}
		e.text.lines[line] = indent(keyword+": "+value, have.key.Column-1)
		return nil
	}
	after := child(e.value, "type")
	if after.value == nil {
		after = child(e.value, "$ref")
	}
	e.text.insert(after.line()+1, indent(keyword+": "+value, after.key.Column-1))
	return nil
}

// deprecate marks a member as deprecated, not its schema, which others may share.
func (im *importer) deprecate(c diff.Change) error {
	e, err := im.find(c.Before.Places[0].At)
	if err != nil {
		return err
	}
	if !block(e.value) {
		return fmt.Errorf("line %d is not in block style", e.line()+1)
	}
	column := e.value.Column - 1
	e.text.insert(e.text.end(e.line(), column), indent("deprecated: true", column))
	return nil
}

// renameKey moves a list of values to another keyword.
func (im *importer) renameKey(c diff.Change, from, to string) error {
	e, err := im.schemaWith(c.Before, from)
	if err != nil {
		return err
	}
	key := child(e.value, from).key
	line := e.text.lines[key.Line-1]
	e.text.lines[key.Line-1] = line[:key.Column-1] + to + strings.TrimPrefix(line[key.Column-1:], from)
	return nil
}
