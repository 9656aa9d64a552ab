package diff

import (
	"fmt"
	"strings"
)

// Changelog drafts the entries of the changelog for the new document: breaking changes
// first, each with its replacement.
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

// entry returns the item for a change.
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

// instead returns the replacement for a breaking change.
func (g Group) instead() string {
	switch g.Kind {
	case EventRemoved, WebhookRemoved:
		return "Remove it; one that still arrives is decoded as the unknown variant of its union."
	case ArmRemoved:
		return "Remove it; one that still arrives is decoded as the unknown variant of the union."
	case FieldRemoved:
		return "Remove it; a value that still arrives is kept in Extra."
	case OperationRemoved, BodyRemoved:
		return "The service no longer offers it."
	case ValueRemoved:
		return "Use another value; the string itself can still be written."
	case ConstantChanged:
		return "The service uses the new name; use its type."
	case RequiredAdded:
		return "Always set it, as a plain value instead of a pointer."
	case FieldAdded:
		return "Always set it: a message without it is refused."
	case RequiredRemoved:
		return "It can be absent: set new(v) and check for nil where it is a pointer now."
	case NullAdded:
		return "Set Value(v) or NullOf, and read it with Get, where it is Nullable now."
	case NullRemoved:
		return "Omit it instead of sending null; where it was Nullable, it is a plain value or a pointer now."
	case KindWidened, KindNarrowed, KindChanged, FormatChanged, ShapeAdded, ShapeRemoved:
		return "Use a value of the new type."
	case ReplyRemoved:
		return "Do not wait for it; it can still arrive."
	case ReplyAdded, RepliesReordered:
		return "Check each place that waits for its reply: another event comes first or last."
	case Closed, BoundTightened:
		return "Use only the listed values and bounds; Validate checks them."
	default:
		return "Check each use."
	}
}

// wrapItem returns an item of a list in lines of at most 100 characters.
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
