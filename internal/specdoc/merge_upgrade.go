package specdoc

import (
	"cmp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// upgrade rewrites an AsyncAPI 2 document as version 3. What a client publishes is sent,
// and what it subscribes to is received, since the generated package is the client's.
// Channels and components stay where they are, so that references keep their targets.
func (l *loader) upgrade() {
	operations := mapping(l.root)
	_ = members(Member(l.root, "channels"), func(key, channel *yaml.Node) error {
		pointer := "#/channels/" + Escape(key.Value)
		item, from, err := l.deref(channel, pointer)
		if err != nil {
			l.doc.Warn(l.at(channel, pointer), "the channel is left out: %v", err)
			return nil
		}
		if item.Kind != yaml.MappingNode {
			return nil
		}
		u := &upgraded{loader: l, channel: pointer, name: key.Value, messages: mapping(item), operations: operations}
		for _, way := range []string{"publish", "subscribe"} {
			if op := Member(item, way); op != nil {
				u.operation(way, op, from+"/"+way)
			}
		}
		channel.Content = append(without(channel.Content, "$ref"), scalar(item, "!!str", "messages"), u.messages)
		return nil
	})
	l.root.Content = append(without(l.root.Content, "operations"), scalar(operations, "!!str", "operations"), operations)
}

// upgraded is one channel that is being rewritten.
type upgraded struct {
	*loader

	channel    string // A reference.
	name       string
	messages   *yaml.Node // Of the channel, in the new form.
	operations *yaml.Node // Of the document, in the new form.
}

// operation adds an operation of version 2 in the new form.
func (u *upgraded) operation(way string, op *yaml.Node, pointer string) {
	op, pointer, err := u.deref(op, pointer)
	if err != nil || op.Kind != yaml.MappingNode {
		return
	}
	key := u.name + map[string]string{"publish": " sent message", "subscribe": " received message"}[way]
	if id := Member(op, "operationId"); id != nil && id.Value != "" {
		key = id.Value
	}
	for n, stem := 2, key; Member(u.operations, key) != nil; n++ {
		key = stem + strconv.Itoa(n)
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: op.Line}
	message := Member(op, "message")
	if message == nil {
		u.doc.Warn(u.at(op, pointer), "the operation has no message and is left out")
		return
	}
	if all := Member(message, "oneOf"); all != nil {
		for i, m := range all.Content {
			u.message(list, Alias(m), pointer+"/message/oneOf/"+strconv.Itoa(i), key)
		}
	} else {
		u.message(list, message, pointer+"/message", key)
	}
	out := mapping(op)
	put(out, "action", scalar(op, "!!str", map[string]string{"publish": "send", "subscribe": "receive"}[way]))
	channel := mapping(op)
	put(channel, "$ref", scalar(op, "!!str", u.channel))
	put(out, "channel", channel)
	put(out, "messages", list)
	for _, name := range []string{"traits", "description", "summary", "x-go-name", "x-upstream"} {
		if v := Member(op, name); v != nil {
			put(out, name, v)
		}
	}
	u.moved["#/operations/"+Escape(key)] = pointer
	put(u.operations, key, out)
}

// message adds a message to the channel and a reference to it to list.
func (u *upgraded) message(list, m *yaml.Node, pointer, operation string) {
	name := operation
	if ref := refOf(m); ref != "" {
		name = lastSegment(ref)
	} else {
		for _, keyword := range []string{"name", "messageId"} {
			if v := Member(m, keyword); v != nil && v.Kind == yaml.ScalarNode {
				name = cmp.Or(v.Value, name)
			}
		}
	}
	name = strings.TrimSpace(name)
	for n, stem := 2, name; ; n++ {
		known := Member(u.messages, name)
		if known == nil {
			u.moved[u.channel+"/messages/"+Escape(name)] = pointer
			put(u.messages, name, m)
			break
		}
		if known == m || refOf(m) != "" && refOf(known) == refOf(m) {
			break
		}
		name = stem + strconv.Itoa(n)
	}
	ref := mapping(m)
	put(ref, "$ref", scalar(m, "!!str", u.channel+"/messages/"+Escape(name)))
	list.Content = append(list.Content, ref)
}
