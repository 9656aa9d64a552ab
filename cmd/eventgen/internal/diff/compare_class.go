package diff

import "strings"

// classify says whose code a change breaks, and how. Two things count: whether
// what is on the wire still fits what a program does, and whether the program
// still compiles after the Go package was generated anew.
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
		return "what is sent today is no longer taken"
	case Closed:
		return "other values than the listed ones are refused"
	case NullRemoved:
		return "a null that is sent today is refused"
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
		return "what is read today no longer comes"
	case ValueRemoved:
		return "the constant is gone"
	case RequiredRemoved:
		return "it may be absent"
	case NullAdded:
		return "null may come"
	case KindWidened, KindChanged:
		return "a value of another type may come"
	case ConstantChanged:
		return "the old name no longer comes"
	case ReplyAdded, ReplyRemoved, RepliesReordered, SubjectChanged:
		return breaksExchange(ch)
	default:
		return c.goChange(ch)
	}
}

// goChange says that the Go type of the place changes, if the change is of a kind
// that does so.
func (c *comparison) goChange(ch *Change) string {
	switch ch.Kind {
	case RequiredAdded, RequiredRemoved, NullAdded, NullRemoved, KindWidened, KindNarrowed, KindChanged, FormatChanged:
	case ShapeAdded, ShapeRemoved: // Raw JSON became a list or a map, or the other way round.
		return goTypeChanges
	default:
		return ""
	}
	before := form(c.tree(true, ch.Root), ch.Path, ch.Before)
	after := form(c.tree(false, ch.Root), ch.Path, ch.After)
	if before == after || before == "" { // A constant has no field: one that gets it breaks nobody.
		return ""
	}
	return goTypeChanges
}

// add classes a change and keeps it.
func (c *comparison) add(ch Change) {
	c.classify(&ch)
	ch.Subject = ch.Root
	if ch.Path != "" {
		ch.Subject = strings.TrimPrefix(leaf(ch.Path), ".")
	}
	if names := subjects(ch.Path, c.ours(&ch)); len(names) > 0 {
		ch.Subject = names[len(names)-1] // Behind every reference.
	}
	c.changes = append(c.changes, ch)
}

// breaksExchange says what a change of an exchange does to a program that waits for
// answers.
func breaksExchange(ch *Change) string {
	switch {
	case ch.Kind == ReplyRemoved:
		return "a request that waits for it is not answered"
	case ch.Kind == RepliesReordered, ch.Kind == ReplyAdded && ch.Edge:
		return "the first answer or the end of the exchange is another"
	case ch.Kind == SubjectChanged && ch.Old != "":
		return "a request may not find its answer"
	}
	return ""
}
