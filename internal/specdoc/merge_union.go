package specdoc

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// group holds the operations that make one union.
type group struct {
	key, node  *yaml.Node // The operation, or the trait that the operations share.
	pointer    string
	action     string
	channel    string // A reference.
	operations []*operation
	merged     bool // The operations of one direction of a channel, which share no trait.
	arms       []arm
	listed     int // The number of messages, with those that are left out.
}

// arm is an arm of a union: a reference to the payload of a message, once for each.
type arm struct {
	message *Message
	node    *yaml.Node
	written string // The pointer at which the message is listed.
}

type operation struct {
	key, node *yaml.Node
	pointer   string
	messages  []*Message
}

// operations makes the unions: one for each direction of a channel. Operations that
// share a trait make a union of their own if the trait belongs to one direction of one
// channel.
func (l *loader) operations() ([]*group, error) {
	all := Member(l.root, "operations")
	if all == nil || len(all.Content) == 0 {
		if len(l.schemas.Content) == 0 {
			return nil, l.at(l.root, "#").Errorf("the document has no operations and no components/schemas: there is nothing to generate")
		}
		l.doc.Warn(l.at(l.root, "#"), "the document has no operations: only its schemas are generated")
		return nil, nil
	}
	groups, err := l.groups(all)
	if err != nil {
		return nil, err
	}
	for _, g := range groups { // All payloads have names before the first union has one.
		if err := l.read(g); err != nil {
			return nil, err
		}
	}
	for _, g := range groups {
		l.union(g)
	}
	return groups, nil
}

func (l *loader) groups(all *yaml.Node) ([]*group, error) {
	shared := l.sharedTraits(all)
	alone := untraited(all, shared)
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
		if way := g.channel + " " + g.action; g.pointer == o.pointer && alone[way] > 1 {
			channel, err := l.follow(g.channel, at)
			if err != nil {
				return err
			}
			g.key = scalar(channel, "!!str", lastSegment(g.channel)+map[string]string{"send": " sent message", "receive": " received message"}[g.action])
			g.node, g.pointer, g.merged = mapping(channel), g.channel, true
		}
		if i := slices.IndexFunc(groups, func(o *group) bool { return o.pointer == g.pointer && o.action == g.action }); i >= 0 {
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

// untraited counts the operations of each direction of a channel without a shared trait.
func untraited(all *yaml.Node, shared map[string]bool) map[string]int {
	count := map[string]int{}
	_ = members(all, func(_, op *yaml.Node) error {
		if action := Member(op, "action"); action != nil && !slices.ContainsFunc(traitsOf(op), func(t string) bool { return shared[t] }) {
			count[refOf(Member(op, "channel"))+" "+action.Value]++
		}
		return nil
	})
	return count
}

// read reads the messages of a group of operations. Those without a schema of JSON are
// left out.
func (l *loader) read(g *group) error {
	for _, o := range g.operations {
		list, written, err := l.messages(o)
		if err != nil {
			return err
		}
		g.listed += len(list)
		for i, m := range list {
			at := l.at(m, written(i))
			message, err := l.message(Alias(m), at)
			if err != nil {
				return err
			}
			if message == nil {
				continue // Not described in JSON.
			}
			message.Operation = o.pointer
			o.messages = append(o.messages, message)
			if slices.ContainsFunc(g.arms, func(a arm) bool { return a.message.Schema == message.Schema }) {
				continue
			}
			node := mapping(o.key)
			put(node, "$ref", scalar(m, "!!str", schemasPointer+Escape(message.Schema)))
			g.arms = append(g.arms, arm{message, node, cmp.Or(at.Written, at.Pointer)})
		}
	}
	return nil
}

// union adds the component of a group of operations, unless all of its messages are left
// out.
func (l *loader) union(g *group) {
	at := l.at(g.key, g.pointer)
	if len(g.arms) == 0 && g.listed > 0 {
		l.doc.Warn(at, "none of the messages that are %s has a schema of JSON: there is no union of them", map[string]string{"send": "sent", "receive": "received"}[g.action])
		return
	}
	p := &Protocol{Position: at, Union: l.nameOf(g), Channel: lastSegment(g.channel), Sent: g.action == "send"}
	arms := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: g.key.Line}
	for i, a := range g.arms {
		l.doc.written[schemasPointer+Escape(p.Union)+"/oneOf/"+strconv.Itoa(i)] = a.written
		arms.Content = append(arms.Content, a.node)
	}
	for _, o := range g.operations {
		p.Messages = append(p.Messages, o.messages...)
	}
	l.component(g, p, arms)
}

// component adds the union of a protocol with these arms.
func (l *loader) component(g *group, p *Protocol, arms *yaml.Node) {
	pointer := schemasPointer + Escape(p.Union)
	union := mapping(g.key)
	for _, prose := range []string{"description", "x-go-name", "x-upstream"} {
		if v := Member(g.node, prose); v != nil {
			put(union, prose, v)
		}
	}
	put(union, "oneOf", arms)
	put(union, "x-event-union", scalar(g.key, "!!bool", "true"))
	put(union, "x-event-direction", scalar(g.key, "!!str", g.action))
	l.doc.written[pointer] = cmp.Or(p.Written, g.pointer)
	l.doc.claim(union, l.name)
	put(l.unions, p.Union, union)
	l.doc.Protocols = append(l.doc.Protocols, p)
}

// nameOf returns the name of a group's union: its key without the action, unless a
// schema has that name. A name that is taken altogether gets a number.
func (l *loader) nameOf(g *group) string {
	taken := func(name string) bool { return Member(l.schemas, name) != nil || Member(l.unions, name) != nil }
	key := g.key.Value
	if rest, ok := strings.CutPrefix(key, g.action); ok && rest != "" && unicode.IsUpper(rune(rest[0])) && !taken(rest) {
		key = rest
	}
	name := key
	if !g.merged {
		first, size := utf8.DecodeRuneInString(key)
		name = string(unicode.ToUpper(first)) + key[size:]
	}
	if taken(name) {
		name += "Message"
	}
	for n, stem := 2, name; taken(name); n++ {
		name = stem + strconv.Itoa(n)
	}
	return name
}

// messages returns the references to an operation's messages and the pointer at which
// each is written. Without a list of its own an operation has all messages of its
// channel.
func (l *loader) messages(o *operation) (list []*yaml.Node, written func(int) string, err error) {
	if list := Member(o.node, "messages"); list != nil && list.Kind == yaml.SequenceNode {
		return list.Content, func(i int) string { return o.pointer + "/messages/" + strconv.Itoa(i) }, nil
	}
	at := l.at(o.key, o.pointer)
	ref := refOf(Member(o.node, "channel"))
	channel, err := l.follow(ref, at)
	if err != nil {
		return nil, nil, err
	}
	if channel, ref, err = l.deref(channel, ref); err != nil {
		return nil, nil, err
	}
	all := Member(channel, "messages")
	if all == nil {
		l.doc.Warn(at, "neither the operation nor its channel has messages: list them, or remove the operation")
		return nil, nil, nil
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
