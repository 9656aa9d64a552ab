package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
	"github.com/voicelane/realtime-go/cmd/eventgen/internal/model"
	"github.com/voicelane/realtime-go/internal/specdoc"
)

// The markers for missing replies and prose.
const (
	todoReplies = "# TODO: list the replies in the order in which they come; the last one ends the exchange."
	todoReply   = "# TODO: add a reply that lists the events that answer it."
	todoProse   = "'TODO: describe it in a sentence.'"
)

const operations = "#/operations/"

// addEvent adds an event to its union.
func (im *importer) addEvent(c diff.Change) error {
	at := c.After.Places[0].At
	union := componentOf(at)
	ours := im.ours.Counterparts(union)
	if len(ours) != 1 {
		return fmt.Errorf("%d unions are counterparts of %s", len(ours), union)
	}
	wire := c.Root[strings.LastIndexByte(c.Root, ' ')+1:]
	name := model.GoName(wire)
	if im.ours.Has(name) { // Another protocol has the name.
		name = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(ours[0], "Event"), "Client"), "Server") + name
	}
	if p := im.protocol(ours[0]); p != nil {
		return im.addMessage(p, at, wire, name)
	}
	return im.addToUnion(schemas+ours[0], at, wire, name)
}

// newMessage is an event that is added to a protocol in the notation of the protocol's
// messages.
type newMessage struct {
	p          *specdoc.Protocol
	text       *text // The AsyncAPI document.
	name, wire string
	ref        string   // The reference to the payload.
	order      []string // The protocol's messages, including this one.
	operation  string   // The pointer of the operation that is the model for its own.
	channel    string   // The reference to the channel.
}

// addMessage adds the event at a pointer of the upstream document to one of our
// protocols: its schema, the message, its entry in the channel and its operation, in the
// upstream order.
func (im *importer) addMessage(p *specdoc.Protocol, at, wire, name string) error {
	if len(p.Messages) == 0 {
		return fmt.Errorf("%s has no messages as a model for this one", p.Pointer)
	}
	schema, arms, _, err := im.arm(p.Union, at, wire, name)
	if err != nil {
		return err
	}
	t, err := im.open(im.in.Spec)
	if err != nil {
		return err
	}
	n := &newMessage{p: p, text: t, name: schema, wire: wire, ref: schemas + schema}
	for _, arm := range arms {
		i := slices.IndexFunc(p.Messages, func(m *specdoc.Message) bool { return m.Schema == arm })
		switch {
		case i >= 0:
			n.order = append(n.order, p.Messages[i].Name)
		case arm == schema:
			n.order = append(n.order, n.name)
		}
	}
	n.operation = p.Messages[0].Operation
	if before := predecessor(n.name, n.names(), n.order); before != "" {
		n.operation = p.Messages[slices.Index(n.names(), before)].Operation
	}
	channel, err := t.find(n.operation + "/channel/$ref")
	if err != nil {
		return err
	}
	n.channel = channel.value.Value
	for _, add := range []func() error{n.addOperation, n.addToChannel} {
		if err := t.reparse(); err != nil {
			return err
		}
		if err := add(); err != nil {
			return fmt.Errorf("%s: %w", im.in.Spec, err)
		}
	}
	return nil
}

// names returns the names of the protocol's messages.
func (n *newMessage) names() []string {
	var names []string
	for _, m := range n.p.Messages {
		names = append(names, m.Name)
	}
	return names
}

// own reports whether the message gets an operation of its own: the protocol's operations
// share a trait. Otherwise the protocol has one operation for all messages.
func (n *newMessage) own() bool { return !strings.HasPrefix(n.p.Pointer, operations) }

// message returns the reference to a message of the channel.
func (n *newMessage) message(name string) string {
	return "$ref: '" + n.channel + "/messages/" + specdoc.Escape(name) + "'"
}

// addOperation adds the event to the operation of the protocol, or adds an operation.
func (n *newMessage) addOperation() error {
	if n.own() {
		all, err := n.text.find(strings.TrimSuffix(operations, "/"))
		if err != nil {
			return err
		}
		order := make([]string, len(n.order))
		for i, name := range n.order {
			order[i] = operationName(name)
			if j := slices.Index(n.names(), name); j >= 0 {
				order[i] = specdoc.Unescape(strings.TrimPrefix(n.p.Messages[j].Operation, operations))
			}
		}
		return n.text.addMember(all.value, operationName(n.name), order, n.operationLines(), false)
	}
	op, err := n.text.find(n.operation)
	if err != nil {
		return err
	}
	if child(op.value, "reply").value != nil {
		return fmt.Errorf("%s has one reply for all its messages: the event needs an operation of its own", n.operation)
	}
	list := child(op.value, "messages")
	if list.value == nil {
		return nil // It has all messages of its channel.
	}
	refs := make([]string, len(n.order))
	for i, name := range n.order {
		refs[i] = n.message(name)
	}
	return n.text.addElement(list, n.message(n.name), refs)
}

// operationLines returns an operation in the notation of the operation before it.
func (n *newMessage) operationLines() []string {
	op, err := n.text.find(n.operation)
	if err != nil {
		return nil
	}
	body := []string{"action: " + child(op.value, "action").value.Value}
	for _, key := range []string{"title", "summary", "description"} {
		if child(op.value, key).value != nil {
			body = append(body, key+": "+todoProse)
		}
	}
	var all []entry
	for _, m := range n.p.Messages {
		if e, err := n.text.find(m.Operation); err == nil {
			all = append(all, e)
		}
	}
	body = append(body, reference("channel", n.channel, child(op.value, "channel").value)...)
	body = append(body, n.shared("traits", op, all)...)
	body = append(body, references("messages", []string{n.message(n.name)}, child(op.value, "messages").value)...)
	body = append(body, n.reply(child(op.value, "reply").value)...)
	lines := []string{operationName(n.name) + ":"}
	for _, l := range body {
		lines = append(lines, indent(l, 2))
	}
	return lines
}

// reply returns the reply of the operation: the messages that refuse any message of the
// protocol, and a marker for the other replies.
func (n *newMessage) reply(like *yaml.Node) []string {
	var refusals []string
	answered := false
	for _, m := range n.p.Messages {
		var here []string
		for _, r := range m.Replies {
			if r.Cause != nil {
				here = append(here, n.message(r.Name))
			}
		}
		if m.Replies == nil {
			continue
		}
		if !answered {
			refusals = here
		}
		answered = true
		refusals = slices.DeleteFunc(refusals, func(r string) bool { return !slices.Contains(here, r) })
	}
	switch {
	case !answered:
		return nil
	case len(refusals) == 0:
		return []string{todoReply}
	}
	lines := []string{"reply:"}
	for _, l := range reference("channel", n.channel, child(like, "channel").value) {
		lines = append(lines, indent(l, 2))
	}
	lines = append(lines, "  messages:", "    "+todoReplies)
	for _, r := range refusals {
		if list := child(like, "messages").value; list != nil && len(list.Content) > 0 && list.Content[0].Style&yaml.FlowStyle != 0 {
			r = braced(r)
		}
		lines = append(lines, "    - "+r)
	}
	return lines
}

// addToChannel adds the message to the channel, and to the components if the channel
// refers to them.
func (n *newMessage) addToChannel() error {
	e, err := n.text.find(n.channel + "/messages")
	if err != nil {
		return err
	}
	if child(e.value, n.name).value != nil {
		return nil
	}
	like := child(e.value, n.like())
	if like.value == nil {
		return errors.New("the channel has none of the protocol's messages")
	}
	const components = "#/components/messages"
	if ref := child(like.value, "$ref").value; ref == nil || !strings.HasPrefix(ref.Value, components) {
		return n.text.addMember(e.value, n.name, n.order, n.messageLines(like.value), false)
	}
	line := reference(n.name, components+"/"+specdoc.Escape(n.name), like.value)
	if err := n.text.addMember(e.value, n.name, n.order, line, false); err != nil {
		return err
	}
	if err := n.text.reparse(); err != nil {
		return err
	}
	all, err := n.text.find(components)
	if err != nil {
		return err
	}
	if child(all.value, n.name).value != nil {
		return nil // Another channel has the message.
	}
	return n.text.addMember(all.value, n.name, n.order, n.messageLines(n.resolved(n.like())), false)
}

// like returns the message that is the model for the new one: the first whose payload is
// a reference, or else the first.
func (n *newMessage) like() string {
	for _, name := range n.names() {
		payload := child(n.resolved(name), "payload").value
		if schema := child(payload, "schema").value; schema != nil {
			payload = schema
		}
		if child(payload, "$ref").value != nil {
			return name
		}
	}
	return n.names()[0]
}

// resolved returns a message of the channel with references resolved.
func (n *newMessage) resolved(name string) *yaml.Node {
	at := n.channel + "/messages/" + specdoc.Escape(name)
	for range 8 {
		e, err := n.text.find(at)
		if err != nil {
			return nil
		}
		ref := child(e.value, "$ref").value
		if ref == nil {
			return e.value
		}
		at = ref.Value
	}
	return nil
}

// messageLines returns the message in the notation of another one.
func (n *newMessage) messageLines(like *yaml.Node) []string {
	var all []entry
	for _, name := range n.names() {
		all = append(all, entry{value: n.resolved(name)})
	}
	var body []string
	for _, key := range keys(like) {
		value := child(like, key).value
		switch key {
		case "name":
			body = append(body, "name: "+plain(n.wire))
		case "title":
			body = append(body, "title: "+n.name)
		case "summary", "description":
			body = append(body, key+": "+todoProse)
		case "contentType":
			body = append(body, key+": "+plain(value.Value))
		case "traits":
			body = append(body, n.shared("traits", entry{value: like}, all)...)
		case "correlationId":
			body = append(body, n.correlation(value, all)...)
		case "payload":
			body = append(body, n.payload(value)...)
		}
	}
	lines := []string{n.name + ":"}
	for _, l := range body {
		lines = append(lines, indent(l, 2))
	}
	return lines
}

// correlation returns the correlationId, if all sent messages have the same.
func (n *newMessage) correlation(like *yaml.Node, all []entry) []string {
	for _, key := range []string{"$ref", "location"} {
		value := child(like, key).value
		if value == nil || !n.p.Sent || slices.ContainsFunc(all, func(e entry) bool {
			other := child(child(e.value, "correlationId").value, key).value
			return other == nil || other.Value != value.Value
		}) {
			continue
		}
		if like.Style&yaml.FlowStyle != 0 {
			return []string{"correlationId: {" + key + ": '" + value.Value + "'}"}
		}
		return []string{"correlationId:", "  " + key + ": '" + value.Value + "'"}
	}
	return nil
}

// payload returns the payload in the notation of another one, which refers to the file
// of the schema.
func (n *newMessage) payload(like *yaml.Node) []string {
	schema := child(like, "schema").value
	if schema == nil {
		return reference("payload", n.reference(like), like)
	}
	lines := []string{"payload:"}
	if format := child(like, "schemaFormat").value; format != nil {
		lines = append(lines, "  schemaFormat: "+plain(format.Value))
	}
	for _, l := range reference("schema", n.reference(schema), schema) {
		lines = append(lines, indent(l, 2))
	}
	return lines
}

// reference returns the payload's reference, with the file's name of another one.
func (n *newMessage) reference(like *yaml.Node) string {
	file := ""
	if ref := child(like, "$ref").value; ref != nil {
		file, _, _ = strings.Cut(ref.Value, "#")
	}
	return file + n.ref
}

// shared returns the references of a list that all entries have.
func (n *newMessage) shared(key string, like entry, all []entry) []string {
	list := child(like.value, key).value
	if list == nil {
		return nil
	}
	refs := slices.DeleteFunc(elements(list), func(ref string) bool {
		return slices.ContainsFunc(all, func(e entry) bool {
			have := child(e.value, key).value
			return have == nil || !slices.Contains(elements(have), ref)
		})
	})
	if len(refs) == 0 {
		return nil
	}
	return references(key, refs, list)
}

// operationName returns an operation's name for a message: itemCreate for ItemCreate,
// mcpCall for MCPCall.
func operationName(message string) string {
	runes := []rune(message)
	for i := range runes {
		if i > 0 && (!unicode.IsUpper(runes[i]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			break
		}
		runes[i] = unicode.ToLower(runes[i])
	}
	return string(runes)
}

// reference returns a member that is a reference, in the style of another one.
func reference(key, ref string, like *yaml.Node) []string {
	if like != nil && like.Style&yaml.FlowStyle != 0 {
		return []string{plain(key) + ": {$ref: '" + ref + "'}"}
	}
	return []string{plain(key) + ":", "  $ref: '" + ref + "'"}
}

// references returns a list of references, in the style of another one.
func references(key string, refs []string, like *yaml.Node) []string {
	if like != nil && like.Style&yaml.FlowStyle != 0 {
		return []string{key + ": [{" + strings.Join(refs, "}, {") + "}]"}
	}
	lines := []string{key + ":"}
	for _, ref := range refs {
		if like != nil && len(like.Content) > 0 && like.Content[0].Style&yaml.FlowStyle != 0 {
			ref = braced(ref)
		}
		lines = append(lines, "  - "+ref)
	}
	return lines
}
