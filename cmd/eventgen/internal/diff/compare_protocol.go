package diff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/internal/specdoc"
	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// OfProtocol reports whether a change concerns replies or subjects, not the content of a
// message.
func (k Kind) OfProtocol() bool {
	switch k {
	case ReplyAdded, ReplyRemoved, RepliesReordered, SubjectChanged:
		return true
	default:
		return false
	}
}

// compareProtocols compares replies and subjects, if both documents have them. renamed maps
// roots of the old document to their new names.
func (c *comparison) compareProtocols(renamed map[string]string) {
	before, after := messages(c.before, c.old), messages(c.after, c.new)
	if len(before) == 0 || len(after) == 0 {
		return
	}
	named := func(reply *specdoc.Message) string {
		root := before[reply]
		if to, ok := renamed[root]; ok {
			root = to
		}
		return name(root)
	}
	later := map[string]*specdoc.Message{}
	for m, root := range after {
		later[root] = m
	}
	for _, p := range c.before.Spec.Protocols {
		for _, m := range p.Messages {
			root, to := before[m], before[m]
			if other, ok := renamed[root]; ok {
				to = other
			}
			if n := later[to]; root != "" && n != nil {
				base := Change{Root: root, Before: c.old[root][""], After: c.new[to][""]}
				c.compareExchange(base, replies(m, named), replies(n, func(r *specdoc.Message) string { return name(after[r]) }))
				c.compareSubject(base, m, n)
			}
		}
	}
}

// messages returns the root of each message of a document's protocols.
func messages(d *Document, set wirepaths.Set) map[*specdoc.Message]string {
	roots := map[string]string{}
	for root, nodes := range set {
		if n := nodes[""]; n != nil {
			for _, p := range n.Places {
				roots[p.At] = root
			}
		}
	}
	out := map[*specdoc.Message]string{}
	for _, p := range d.Spec.Protocols {
		for i, m := range p.Messages {
			if root := roots["#/components/schemas/"+specdoc.Escape(p.Union)+"/oneOf/"+strconv.Itoa(i)]; root != "" {
				out[m] = root
			}
		}
	}
	return out
}

// answers has the events that answer a message, in order, and those that refuse it.
type answers struct{ ordered, refusals []string }

func replies(m *specdoc.Message, name func(*specdoc.Message) string) answers {
	var a answers
	for _, r := range m.Replies {
		if r.Cause != nil {
			a.refusals = append(a.refusals, name(r))
		} else {
			a.ordered = append(a.ordered, name(r))
		}
	}
	return a
}

// compareExchange compares the answers to a message.
func (c *comparison) compareExchange(base Change, before, after answers) {
	had, has := slices.Concat(before.ordered, before.refusals), slices.Concat(after.ordered, after.refusals)
	report := func(kind Kind, from, to string, edge bool) {
		ch := base
		ch.Kind, ch.Old, ch.New, ch.Edge = kind, from, to, edge
		c.add(ch)
	}
	for _, reply := range had {
		if !slices.Contains(has, reply) {
			report(ReplyRemoved, reply, "", false)
		}
	}
	for i, reply := range has {
		if !slices.Contains(had, reply) {
			last := len(after.ordered) - 1
			report(ReplyAdded, "", reply, len(before.ordered) > 0 && (i == 0 && last >= 0 || i == last))
		}
	}
	kept := func(list, other []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(r string) bool { return !slices.Contains(other, r) })
	}
	if from, to := kept(before.ordered, after.ordered), kept(after.ordered, before.ordered); !slices.Equal(from, to) {
		report(RepliesReordered, strings.Join(from, ", "), strings.Join(to, ", "), false)
	}
}

// compareSubject compares the subjects of a message.
func (c *comparison) compareSubject(base Change, before, after *specdoc.Message) {
	where := func(m *specdoc.Message) string {
		if m.About == nil {
			return ""
		}
		return m.About.String()
	}
	if from, to := where(before), where(after); from != to {
		base.Kind, base.Old, base.New = SubjectChanged, from, to
		c.add(base)
	}
}
