package load

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Lift turns an AsyncAPI 3 document into the OpenAPI document that says the same
// about its messages, and reports whether it was one. Each operation becomes a
// component that is a union of events, marked so; each message becomes a component
// with the message's name, unless its payload refers to one. Nodes keep their
// lines.
func Lift(file string, root *yaml.Node) (bool, error) {
	top := root
	if top.Kind == yaml.DocumentNode && len(top.Content) > 0 {
		top = top.Content[0]
	}
	version := member(top, "asyncapi")
	if version == nil {
		return false, nil
	}
	d := &Document{file: file, root: top}
	if !strings.HasPrefix(version.Value, "3.") {
		return true, d.position(version, "#/asyncapi").Errorf("asyncapi must be 3.x")
	}
	l := &lift{doc: d, schemas: mapping(version)}
	components := member(top, "components")
	if schemas := member(components, "schemas"); schemas != nil {
		l.schemas.Content = append(l.schemas.Content, schemas.Content...)
	}
	operations := member(top, "operations")
	if operations == nil || len(operations.Content) == 0 {
		return true, d.position(top, "#").Errorf("the document has no operations")
	}
	for i := 0; i+1 < len(operations.Content); i += 2 {
		if err := l.operation(operations.Content[i], alias(operations.Content[i+1])); err != nil {
			return true, err
		}
	}
	lifted := mapping(version)
	put(lifted, "openapi", scalarNode(version, "3.1.0"))
	if info := member(top, "info"); info != nil {
		put(lifted, "info", info)
	}
	inside := mapping(version)
	put(inside, "schemas", l.schemas)
	put(lifted, "components", inside)
	*top = *lifted
	return true, nil
}

type lift struct {
	doc     *Document
	schemas *yaml.Node
}

// operation adds the union of an operation's messages.
func (l *lift) operation(key, op *yaml.Node) error {
	at := l.doc.position(key, "#/operations/"+escape(key.Value))
	action := member(op, "action")
	if action == nil || action.Value != "send" && action.Value != "receive" {
		return at.Errorf("action must be send or receive")
	}
	messages, err := l.messages(op, at)
	if err != nil {
		return err
	}
	arms := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: key.Line}
	for _, m := range messages {
		ref, err := l.message(m, at)
		if err != nil {
			return err
		}
		arm := mapping(key)
		put(arm, "$ref", scalarNode(key, ref))
		arms.Content = append(arms.Content, arm)
	}
	union := mapping(key)
	for _, prose := range []string{"description", "x-go-name", "x-upstream"} {
		if v := member(op, prose); v != nil {
			put(union, prose, v)
		}
	}
	put(union, "oneOf", arms)
	mark := scalarNode(key, "true")
	mark.Tag = "!!bool"
	put(union, "x-event-union", mark)
	put(union, "x-event-direction", scalarNode(key, action.Value))
	name := strings.ToUpper(key.Value[:1]) + key.Value[1:]
	if taken := member(l.schemas, name); taken != nil {
		return at.Errorf("the operation needs the name %s, which a schema has", name)
	}
	put(l.schemas, name, union)
	return nil
}

// messages lists the references to an operation's messages: its own, or all of its
// channel.
func (l *lift) messages(op *yaml.Node, at Position) ([]*yaml.Node, error) {
	if list := member(op, "messages"); list != nil {
		return list.Content, nil
	}
	ref := member(op, "channel")
	channel, err := l.follow(ref, at)
	if err != nil {
		return nil, err
	}
	all := member(channel, "messages")
	if all == nil {
		return nil, at.Errorf("neither the operation nor its channel has messages")
	}
	var list []*yaml.Node
	for i := 0; i+1 < len(all.Content); i += 2 {
		m := alias(all.Content[i+1])
		if r := member(m, "$ref"); r == nil {
			m = mapping(m)
			put(m, "$ref", scalarNode(m, ref.Content[1].Value+"/messages/"+escape(all.Content[i].Value)))
		}
		list = append(list, m)
	}
	return list, nil
}

// message returns a reference to the component of a message's payload.
func (l *lift) message(n *yaml.Node, at Position) (string, error) {
	name := ""
	for range 8 { // An operation's message refers to its channel's, which refers on.
		ref := member(n, "$ref")
		if ref == nil {
			break
		}
		name = ref.Value[strings.LastIndexByte(ref.Value, '/')+1:]
		next, err := l.follow(n, at)
		if err != nil {
			return "", err
		}
		n = next
	}
	payload := member(n, "payload")
	if schema := member(payload, "schema"); schema != nil {
		payload = schema // A payload that names its schema's format.
	}
	if payload == nil {
		return "", at.Errorf("message %q has no payload", name)
	}
	if ref := member(payload, "$ref"); ref != nil {
		return ref.Value, nil
	}
	name = unescape(name)
	if taken := member(l.schemas, name); taken == nil {
		put(l.schemas, name, payload)
	} else if taken != payload {
		return "", at.Errorf("two schemas are called %s", name)
	}
	return "#/components/schemas/" + escape(name), nil
}

// follow returns what a mapping with $ref points at.
func (l *lift) follow(n *yaml.Node, at Position) (*yaml.Node, error) {
	ref := member(n, "$ref")
	if ref == nil {
		return nil, at.Errorf("must be a reference")
	}
	if !strings.HasPrefix(ref.Value, "#/") {
		return nil, at.Errorf("reference %q leaves the document", ref.Value)
	}
	node := l.doc.root
	for part := range strings.SplitSeq(ref.Value[2:], "/") {
		if node = child(node, unescape(part)); node == nil {
			return nil, at.Errorf("reference %q points at nothing", ref.Value)
		}
	}
	return node, nil
}

func mapping(at *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: at.Line, Column: at.Column}
}

func scalarNode(at *yaml.Node, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Line: at.Line, Column: at.Column}
}

func put(n *yaml.Node, key string, value *yaml.Node) {
	n.Content = append(n.Content, scalarNode(value, key), value)
}
