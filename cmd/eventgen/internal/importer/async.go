package importer

import (
	"errors"
	"fmt"
	"strings"
)

// addMessage adds an event to the AsyncAPI document: the message, its line in the
// channel and its line in the operation, each behind the event that goes before it
// in the union.
func (im *importer) addMessage(union, name, wire string) error {
	e, err := im.text.find(union)
	if err != nil {
		return err
	}
	var order []string
	for _, ref := range elements(child(e.value, "oneOf").value) {
		order = append(order, strings.TrimSuffix(strings.TrimPrefix(ref, "$ref: '"+schemas), "'"))
	}
	t, err := parse(im.async)
	if err != nil {
		return err
	}
	operation, channel, err := im.operation(t, order)
	if err != nil {
		return err
	}
	line := func(parent string) string { return "$ref: '" + parent + "/messages/" + name + "'" }
	refs := make([]string, len(order))
	for i, o := range order {
		refs[i] = "$ref: '" + channel + "/messages/" + o + "'"
	}
	steps := []func() error{
		func() error {
			list, err := t.find(operation + "/messages")
			if err != nil {
				return err
			}
			return t.addElement(list, line(channel), refs)
		},
		func() error {
			return t.add(channel+"/messages", name, order, []string{name + ":", "  " + line("#/components")})
		},
		func() error {
			return t.add("#/components/messages", name, order, []string{
				name + ":", "  name: " + wire, "  title: " + name, "  summary: 'TODO: say in a sentence what it does.'",
				"  payload:", "    schemaFormat: application/schema+json;version=draft-07", "    schema:",
				"      $ref: './openapi.yaml" + schemas + name + "'",
			})
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("asyncapi: %w", err)
		}
		if t, err = parse(t.bytes()); err != nil {
			return fmt.Errorf("asyncapi: %w", err)
		}
	}
	im.async = t.bytes()
	return nil
}

// add inserts a member into the mapping at a pointer.
func (t *text) add(pointer, name string, order, body []string) error {
	e, err := t.find(pointer)
	if err != nil {
		return err
	}
	return t.addMember(e.value, name, order, body, false)
}

// operation finds the operation that has most of a union's events, and its channel.
func (im *importer) operation(t *text, order []string) (operation, channel string, err error) {
	all, err := t.find("#/operations")
	if err != nil {
		return "", "", fmt.Errorf("asyncapi: %w", err)
	}
	most := 0
	for _, name := range keys(all.value) {
		op := child(all.value, name).value
		shared := 0
		for _, ref := range elements(child(op, "messages").value) {
			for _, event := range order {
				if strings.HasSuffix(ref, "/"+event+"'") {
					shared++
				}
			}
		}
		if shared > most {
			most, operation = shared, "#/operations/"+name
			channel = child(child(op, "channel").value, "$ref").value.Value
		}
	}
	if most == 0 {
		return "", "", errors.New("asyncapi: no operation has the events of the union")
	}
	return operation, channel, nil
}
