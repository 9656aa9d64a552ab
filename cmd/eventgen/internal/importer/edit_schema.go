package importer

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
	"github.com/voicelane/realtime-go/internal/specdoc"
	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// errByHand is the reason for changes that remove or replace something.
var errByHand = errors.New("this kind of change must be made by hand")

// widen adds what the upstream schema allows and ours does not: arms of another kind to a
// union, or the whole schema to a member whose own is inline. It takes nothing away.
func (im *importer) widen(c diff.Change) error {
	for kind := range c.Before.Kinds {
		if !c.After.Kinds[kind] {
			return errByHand
		}
	}
	if _, err := im.unionOf(c.Before); err != nil {
		return im.replace(c)
	}
	return im.addArms(c)
}

// unionOf returns the innermost union that describes a node: a list of arms. A member that
// is a reference or null is none.
func (im *importer) unionOf(n *wirepaths.Node) (unionPlace, error) {
	if n != nil {
		for _, p := range slices.Backward(n.Places) {
			e, err := im.find(p.Schema)
			if err != nil {
				return unionPlace{}, err
			}
			for _, key := range []string{"oneOf", "anyOf"} {
				list := child(e.value, key).value
				wrapper := len(armsOf(e.value)) < 2 && strings.Contains(strings.TrimPrefix(p.Schema, schemas), "/")
				if list != nil && len(list.Content) > 0 && !wrapper {
					return unionPlace{e, key}, nil
				}
			}
		}
	}
	return unionPlace{}, errors.New("no schema has oneOf or anyOf there")
}

// unionPlace is a union in one of our files, and the keyword of its arms.
type unionPlace struct {
	place

	key string
}

func (u unionPlace) arms() entry { return child(u.value, u.key) }

// addArms adds the arms that the upstream union has and ours lacks.
func (im *importer) addArms(c diff.Change) error {
	union, err := im.unionOf(c.Before)
	if err != nil {
		return err
	}
	at, err := im.upstreamUnion(c.After)
	if err != nil {
		return err
	}
	arms, labels, err := im.upstreamArms(at + "/0")
	if err != nil {
		return err
	}
	have := elements(union.arms().value)
	added := false
	for i := range arms {
		if slices.Contains(have, "$ref: '"+schemas+arms[i]+"'") {
			continue
		}
		if node, err := im.upstream(at + "/" + strconv.Itoa(i)); err != nil || isNull(node) {
			continue
		}
		if err := im.addToUnion(union.pointer, at+"/"+strconv.Itoa(i), labels[i], ""); err != nil {
			return err
		}
		added = true
	}
	if !added {
		return fmt.Errorf("%s has all arms", union.pointer)
	}
	return nil
}

// addOpenArm adds the arm of a union that has no constant type: its members are those of
// the union itself.
func (im *importer) addOpenArm(c diff.Change) error {
	return im.addArms(diff.Change{Before: c.Parent, After: c.AfterParent})
}

// upstreamUnion returns the JSON pointer of the arms of an upstream union.
func (im *importer) upstreamUnion(n *wirepaths.Node) (string, error) {
	for _, p := range n.Places {
		node, err := im.upstream(p.Schema)
		if err != nil {
			return "", err
		}
		for _, key := range []string{"anyOf", "oneOf"} {
			if list := child(node, key).value; list != nil && len(armsOf(node)) > 1 {
				return p.Schema + "/" + key, nil
			}
		}
	}
	return "", errByHand
}

// replace gives a member with an inline schema the upstream schema. Its description and
// the generator's keywords stay.
func (im *importer) replace(c diff.Change) error {
	e, err := im.find(c.Before.Places[0].At)
	if err != nil {
		return err
	}
	if e.key == nil || c.Path == "" {
		return errByHand // An arm, or a component that other members share.
	}
	if !block(e.value) {
		return fmt.Errorf("line %d is not in block style", e.line()+1)
	}
	node, err := im.upstream(c.After.Places[0].At)
	if err != nil {
		return err
	}
	im.emit.within = componentOf(e.pointer)
	body, err := im.emit.schema(node, model.GoName(im.emit.within)+model.GoName(strings.Trim(lastPart(c.Path), ".[]{}")))
	if err != nil {
		return err
	}
	if ref := child(e.value, "$ref").value; ref != nil && body[0] == "$ref: '"+ref.Value+"'" {
		return errByHand
	}
	column := e.value.Column - 1
	for i, l := range body {
		body[i] = indent(l, column)
	}
	var kept []string
	for i := 0; i+1 < len(e.value.Content); i += 2 {
		key := e.value.Content[i]
		if key.Value == "description" || key.Value == "readOnly" || key.Value == "deprecated" || strings.HasPrefix(key.Value, "x-go-") {
			kept = append(kept, e.text.lines[key.Line-1:e.text.end(key.Line-1, key.Column)]...)
		}
	}
	lines := slices.Concat(kept, body)
	if strings.HasPrefix(strings.TrimLeft(body[0], " "), "$ref: ") { // By our convention $ref comes first.
		lines = slices.Concat(body[:1], kept, body[1:])
	}
	first, end := e.line()+1, e.text.end(e.line(), e.key.Column)
	e.text.lines = slices.Replace(e.text.lines, first, end, lines...)
	return nil
}

// lastPart returns the last member in a path, with what follows it.
func lastPart(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// addList gives a string with no list of values the upstream list.
func (im *importer) addList(c diff.Change, order []string) error {
	e, err := im.schemaWith(c.Before, "type")
	if err != nil {
		return err
	}
	typ := child(e.value, "type")
	if !block(e.value) || !c.Before.Kinds["string"] || child(e.value, "const").value != nil {
		return fmt.Errorf("%s has no list of values", e.pointer)
	}
	keyword := "x-known-values"
	if !c.After.Free {
		keyword = "enum"
	}
	lines := listed(keyword, order)
	for i, l := range lines {
		lines[i] = indent(l, typ.key.Column-1)
	}
	e.text.insert(e.text.end(typ.line(), typ.key.Column), lines...)
	return nil
}

// unescaped returns the last segment of a JSON pointer.
func unescaped(pointer string) string {
	return specdoc.Unescape(pointer[strings.LastIndexByte(pointer, '/')+1:])
}
