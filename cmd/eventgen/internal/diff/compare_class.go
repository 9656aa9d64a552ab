package diff

import "strings"

// classify sets whose code a change breaks, and why. Code breaks if it no longer fits the
// wire format, or if it no longer compiles with the regenerated Go package.
func (c *comparison) classify(ch *Change) {
	goes := c.scope.goes(ch.Root)
	if goes != received {
		if why := c.breaksSender(ch); why != "" {
			ch.Breaks.Senders, ch.Why = true, why
		}
	}
	if goes != sent {
		if why := c.breaksReceiver(ch); why != "" {
			ch.Breaks.Receivers = true
			if ch.Why == "" {
				ch.Why = why
			}
		}
	}
}

const goTypeChanges = "the Go type changes"

func (c *comparison) breaksSender(ch *Change) string {
	switch ch.Kind {
	case EventRemoved, OperationRemoved, BodyRemoved, ArmRemoved, FieldRemoved, ValueRemoved:
		return "it is no longer accepted"
	case Closed:
		return "unlisted values are refused"
	case NullRemoved:
		return "null is refused"
	case KindNarrowed, KindChanged:
		return "a value of the old type is refused"
	case BoundTightened:
		return "values outside the new bound are refused"
	case ConstantChanged:
		return "the old name is refused"
	case RequiredAdded:
		return "a message without it is refused"
	case FieldAdded:
		if ch.After.Required {
			return "a message without it is refused"
		}
		return ""
	case ReplyAdded, ReplyRemoved, RepliesReordered, SubjectChanged:
		return breaksExchange(ch)
	default:
		return c.goChange(ch)
	}
}

func (c *comparison) breaksReceiver(ch *Change) string {
	switch ch.Kind {
	case EventRemoved, WebhookRemoved, OperationRemoved, BodyRemoved, ArmRemoved, FieldRemoved:
		return "it is no longer sent"
	case ValueRemoved:
		return "the constant is removed"
	case RequiredRemoved:
		return "it can be absent"
	case NullAdded:
		return "it can be null"
	case KindWidened, KindChanged:
		return "the value can be of another type"
	case ConstantChanged:
		return "the old name is no longer sent"
	case ReplyAdded, ReplyRemoved, RepliesReordered, SubjectChanged:
		return breaksExchange(ch)
	default:
		return c.goChange(ch)
	}
}

// goChange returns goTypeChanges if the change alters the Go type of the place, or else
// "".
func (c *comparison) goChange(ch *Change) string {
	switch ch.Kind {
	case RequiredAdded, RequiredRemoved, NullAdded, NullRemoved, KindWidened, KindNarrowed, KindChanged, FormatChanged:
	case ShapeAdded, ShapeRemoved: // Raw JSON became a list or a map, or vice versa.
		return goTypeChanges
	default:
		return ""
	}
	before := form(c.tree(true, ch.Root), ch.Path, ch.Before)
	after := form(c.tree(false, ch.Root), ch.Path, ch.After)
	if before == after || before == "" { // A constant has no field; adding one is compatible.
		return ""
	}
	return goTypeChanges
}

// add classifies a change and appends it.
func (c *comparison) add(ch Change) {
	c.classify(&ch)
	ch.Subject = ch.Root
	if ch.Path != "" {
		ch.Subject = strings.TrimPrefix(leaf(ch.Path), ".")
	}
	if names := subjects(ch.Path, c.ours(&ch)); len(names) > 0 {
		ch.Subject = names[len(names)-1] // The innermost schema.
	}
	if owner := declared(ch); strings.Contains(ch.Subject, "/allOf/") && owner != "" {
		ch.Subject = owner
	}
	c.changes = append(c.changes, ch)
}

// declared returns the component and the member of a change in an allOf, such as
// Lamp.color, if a component declares the member.
func declared(ch Change) string {
	n := ch.After
	if n == nil {
		n = ch.Before
	}
	if n == nil || len(n.Places) == 0 {
		return ""
	}
	owner, _, ok := cutLast(n.Places[0].At, "/properties/")
	component, inside := strings.CutPrefix(owner, "#/components/schemas/")
	if !ok || !inside || strings.Contains(component, "/") {
		return ""
	}
	return component + leaf(ch.Path)
}

// breaksExchange returns the effect of a change of an exchange on a program that waits
// for replies, or "".
func breaksExchange(ch *Change) string {
	switch {
	case ch.Kind == ReplyRemoved:
		return "a request that waits for it gets no reply"
	case ch.Kind == RepliesReordered, ch.Kind == ReplyAdded && ch.Edge:
		return "the first reply or the end of the exchange changes"
	case ch.Kind == SubjectChanged && ch.Old != "":
		return "a request cannot be matched with its reply"
	}
	return ""
}
