package specdoc

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// group holds the operations that make one union.
type group struct {
	key, node  *yaml.Node // The operation, or the trait that the operations share.
	pointer    string
	action     string
	channel    string // A reference.
	operations []*operation
}

type operation struct {
	key, node *yaml.Node
	pointer   string
	messages  []*Message
}

// operations makes a union of each operation. Operations that share a trait make one
// union if the trait belongs to one direction of one channel.
func (l *loader) operations() ([]*group, error) {
	all := Member(l.root, "operations")
	if all == nil || len(all.Content) == 0 {
		return nil, l.at(l.root, "#").Errorf("the document has no operations")
	}
	groups, err := l.groups(all)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if err := l.union(g); err != nil {
			return nil, err
		}
	}
	return groups, nil
}

func (l *loader) groups(all *yaml.Node) ([]*group, error) {
	shared := l.sharedTraits(all)
	var groups []*group
	err := members(all, func(key, op *yaml.Node) error {
		o := &operation{key: key, node: op, pointer: "#/operations/" + Escape(key.Value)}
		at := l.at(key, o.pointer)
		if key.Value == "" {
			return at.Errorf("an operation needs a name")
		}
		action := Member(op, "action")
		if action == nil || action.Value != "send" && action.Value != "receive" {
			return at.Errorf("action must be send or receive")
		}
		g := &group{key: key, node: op, pointer: o.pointer, action: action.Value, channel: refOf(Member(op, "channel"))}
		for _, trait := range traitsOf(op) {
			if !shared[trait] {
				continue
			}
			node, err := l.follow(trait, at)
			if err != nil {
				return err
			}
			g.key, g.node, g.pointer = scalar(node, "!!str", lastSegment(trait)), node, trait
			break
		}
		if i := slices.IndexFunc(groups, func(o *group) bool { return o.pointer == g.pointer }); i >= 0 {
			g = groups[i]
		} else {
			groups = append(groups, g)
		}
		g.operations = append(g.operations, o)
		return nil
	})
	return groups, err
}

// sharedTraits returns the traits that several operations of one direction of one
// channel have, and no other operation.
func (l *loader) sharedTraits(all *yaml.Node) map[string]bool {
	way, uses, mixed := map[string]string{}, map[string]int{}, map[string]bool{}
	_ = members(all, func(_, op *yaml.Node) error {
		action := Member(op, "action")
		for _, trait := range traitsOf(op) {
			here := refOf(Member(op, "channel"))
			if action != nil {
				here += " " + action.Value
			}
			mixed[trait] = mixed[trait] || uses[trait] > 0 && way[trait] != here
			way[trait] = here
			uses[trait]++
		}
		return nil
	})
	shared := map[string]bool{}
	for trait, n := range uses {
		shared[trait] = n > 1 && !mixed[trait]
	}
	return shared
}

// union adds the component of a group of operations.
func (l *loader) union(g *group) error {
	at := l.at(g.key, g.pointer)
	p := &Protocol{Position: at, Union: l.nameOf(g), Channel: lastSegment(g.channel), Sent: g.action == "send"}
	pointer := schemasPointer + Escape(p.Union)
	arms := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: g.key.Line}
	for _, o := range g.operations {
		list, written, err := l.messages(o)
		if err != nil {
			return err
		}
		for i, m := range list {
			message, err := l.message(Alias(m), l.at(m, written(i)))
			if err != nil {
				return err
			}
			message.Operation = o.pointer
			arm := mapping(o.key)
			put(arm, "$ref", scalar(m, "!!str", schemasPointer+Escape(message.Schema)))
			l.doc.written[pointer+"/oneOf/"+strconv.Itoa(len(arms.Content))] = written(i)
			arms.Content = append(arms.Content, arm)
			o.messages = append(o.messages, message)
		}
		p.Messages = append(p.Messages, o.messages...)
	}
	union := mapping(g.key)
	for _, prose := range []string{"description", "x-go-name", "x-upstream"} {
		if v := Member(g.node, prose); v != nil {
			put(union, prose, v)
		}
	}
	put(union, "oneOf", arms)
	put(union, "x-event-union", scalar(g.key, "!!bool", "true"))
	put(union, "x-event-direction", scalar(g.key, "!!str", g.action))
	if Member(l.schemas, p.Union) != nil || Member(l.unions, p.Union) != nil {
		return at.Errorf("the operation needs the name %s, but a schema has it", p.Union)
	}
	l.doc.written[pointer] = g.pointer
	l.doc.claim(union, l.name)
	put(l.unions, p.Union, union)
	l.doc.Protocols = append(l.doc.Protocols, p)
	return nil
}

// nameOf returns the name of a group's union: its key without the action, unless a
// schema has that name.
func (l *loader) nameOf(g *group) string {
	key := g.key.Value
	if rest, ok := strings.CutPrefix(key, g.action); ok && rest != "" && unicode.IsUpper(rune(rest[0])) && Member(l.schemas, rest) == nil {
		key = rest
	}
	return strings.ToUpper(key[:1]) + key[1:]
}

// messages returns the references to an operation's messages and the pointer at which
// each is written. Without a list of its own an operation has all messages of its
// channel.
func (l *loader) messages(o *operation) (list []*yaml.Node, written func(int) string, err error) {
	if list := Member(o.node, "messages"); list != nil {
		return list.Content, func(i int) string { return o.pointer + "/messages/" + strconv.Itoa(i) }, nil
	}
	at := l.at(o.key, o.pointer)
	ref := refOf(Member(o.node, "channel"))
	channel, err := l.follow(ref, at)
	if err != nil {
		return nil, nil, err
	}
	all := Member(channel, "messages")
	if all == nil {
		return nil, nil, at.Errorf("neither the operation nor its channel has messages")
	}
	var pointers []string
	_ = members(all, func(key, m *yaml.Node) error {
		pointer := ref + "/messages/" + Escape(key.Value)
		if refOf(m) == "" {
			m = mapping(m)
			put(m, "$ref", scalar(m, "!!str", pointer))
		}
		list, pointers = append(list, m), append(pointers, pointer)
		return nil
	})
	return list, func(i int) string { return pointers[i] }, nil
}
