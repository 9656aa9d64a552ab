package specdoc

import (
	"errors"
	"strconv"
	"strings"
)

// replies sets the replies of each message. A reply is a message of the same channel in
// the other direction. Operations with any other reply have none.
func (l *loader) replies(groups []*group) {
	for _, g := range groups {
		for _, o := range g.operations {
			replies, err := l.repliesOf(o, g)
			if fault, ok := errors.AsType[*Error](err); ok {
				l.doc.Warn(fault.Position, "%s", fault.Msg)
				continue
			}
			for _, m := range o.messages {
				m.Replies = replies
			}
		}
	}
}

func (l *loader) repliesOf(o *operation, g *group) ([]*Message, error) {
	reply := Member(o.node, "reply")
	if reply == nil {
		return nil, nil
	}
	pointer := o.pointer + "/reply"
	if ref := refOf(reply); ref != "" {
		node, err := l.follow(ref, l.at(reply, pointer))
		if err != nil {
			return nil, err
		}
		reply, pointer = node, ref
	}
	at := l.at(reply, pointer)
	channel := Member(reply, "channel")
	if channel == nil {
		return nil, at.Errorf("a reply must name its channel: channel must be %q", g.channel)
	}
	if refOf(channel) != g.channel {
		return nil, l.at(channel, pointer+"/channel").
			Errorf("a reply must use the channel of its operation: channel must be %q", g.channel)
	}
	list := Member(reply, "messages")
	if list == nil || len(list.Content) == 0 {
		return nil, at.Errorf("a reply must list its messages in the order in which they come")
	}
	var replies []*Message
	seen := map[string]bool{}
	for i, n := range list.Content {
		at := l.at(n, pointer+"/messages/"+strconv.Itoa(i))
		ref := refOf(Alias(n))
		if !strings.HasPrefix(ref, g.channel+"/messages/") {
			return nil, at.Errorf("%q is not a message of %s", ref, g.channel)
		}
		m := l.received(g, ref)
		switch {
		case m == nil:
			return nil, at.Errorf("no operation in the other direction of the channel lists %q", ref)
		case seen[m.Schema]:
			return nil, at.Errorf("%s is listed twice", m.Name)
		}
		seen[m.Schema] = true
		replies = append(replies, m)
	}
	return replies, nil
}

// received returns the message that ref names in the other direction of the group's
// channel, or nil.
func (l *loader) received(g *group, ref string) *Message {
	for _, p := range l.doc.Protocols {
		if p.Channel != lastSegment(g.channel) || p.Sent == (g.action == "send") {
			continue
		}
		for _, m := range p.Messages {
			if m.Name == lastSegment(ref) {
				return m
			}
		}
	}
	return nil
}
