package diff

import (
	"fmt"
	"strings"
)

// Changelog drafts the entries for a release that follows the new document:
// breaking changes first, each with what to write instead.
func (r *Report) Changelog() string {
	sections := []struct {
		heading string
		lines   []string
	}{{heading: "Breaking"}, {heading: "Added"}, {heading: "Changed"}, {heading: "Deprecated"}}
	for _, g := range r.Groups {
		i := 2
		switch {
		case g.Class() != Compatible:
			i = 0
		case g.Kind == Deprecated:
			i = 3
		case strings.HasSuffix(string(g.Kind), " added"):
			i = 1
		}
		sections[i].lines = append(sections[i].lines, g.entry())
	}
	var b strings.Builder
	for _, s := range sections {
		if len(s.lines) == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "### %s\n\n", s.heading)
		for _, line := range s.lines {
			b.WriteString(wrapItem(line))
		}
	}
	return b.String()
}

// entry tells a user of the generated package about a change.
func (g Group) entry() string {
	subject := "`" + g.Subject + "`"
	if len(g.Go) > 0 {
		subject = code(g.Go)
	}
	text := fmt.Sprintf("%s: %s", subject, g.Kind)
	if d := g.detail(); d != "" {
		text += " (" + d + ")"
	}
	text += "."
	if g.Class() == Compatible {
		return text
	}
	return text + " " + g.instead()
}

// instead says what to write from now on.
func (g Group) instead() string {
	switch g.Kind {
	case EventRemoved, WebhookRemoved:
		return "Take it out; one that still arrives is decoded as the unknown variant of its union."
	case ArmRemoved:
		return "Take it out; one that still arrives is decoded as the unknown variant of the union."
	case FieldRemoved:
		return "Take it out; a value that still arrives is kept in Extra."
	case OperationRemoved, BodyRemoved:
		return "The service no longer offers it."
	case ValueRemoved:
		return "Use another value; the string itself can still be written."
	case ConstantChanged:
		return "The service uses the new name; use the type that goes with it."
	case RequiredAdded:
		return "Set it always, as a plain value instead of a pointer."
	case FieldAdded:
		return "Set it always: a message without it is refused."
	case RequiredRemoved:
		return "It may be absent: write new(v) and look for nil, where it is a pointer now."
	case NullAdded:
		return "Write Value(v) or NullOf, and read it by Get, where it is Nullable now."
	case NullRemoved:
		return "Leave it out instead of sending null; where it was Nullable it is a plain value or a pointer now."
	case KindWidened, KindNarrowed, KindChanged, FormatChanged, ShapeAdded, ShapeRemoved:
		return "Write and read a value of the new type."
	case ReplyRemoved:
		return "Do not wait for it; it can still arrive."
	case ReplyAdded, RepliesReordered:
		return "Look at each place that waits for its answer: another event comes first or last."
	case Closed, BoundTightened:
		return "Keep to the listed values and bounds; Validate tells."
	default:
		return "Look at each use."
	}
}

// wrapItem writes an item of a list, at most 100 characters a line.
func wrapItem(text string) string {
	line, out := "-", ""
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > 100 {
			out += line + "\n"
			line = " "
		}
		line += " " + word
	}
	return out + line + "\n"
}
