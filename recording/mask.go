package recording

import (
	"regexp"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/recording/internal/redact"
)

// Mask is a rule for texts that are kept.
type Mask struct {
	name string
	text func(path, text string) string
}

// Name is what the header of a recording says of the rule.
func (m Mask) Name() string { return m.name }

// MaskNumbers replaces runs of six or more digits, also with spaces, dashes, dots, slashes
// and brackets between them. It applies to every text that is kept without [KeepNumbers].
func MaskNumbers() Mask { return Mask{"numbers", redact.Numbers} }

// MaskEmails replaces e-mail addresses.
func MaskEmails() Mask { return Mask{"emails", redact.Emails} }

// MaskPattern replaces what an expression matches. The name must not be secret.
func MaskPattern(name string, re *regexp.Regexp) Mask {
	return Mask{name, func(_, text string) string { return re.ReplaceAllString(text, "‹"+name+"›") }}
}

// MaskMembers replaces the texts of members by their lengths. A path has the names of the
// members from the message on, without indexes, such as "session.instructions" or
// "item.content.text"; a path that ends in ".*" has all members below it.
func MaskMembers(paths ...string) Mask {
	paths = slices.Clone(paths)
	return Mask{"members", func(path, text string) string {
		for _, p := range paths {
			below, all := strings.CutSuffix(p, "*")
			if p == path || all && strings.HasPrefix(path, below) {
				return redact.Length(text)
			}
		}
		return text
	}}
}

// MaskFunc replaces texts by what f returns. The path is that of [MaskMembers]; texts of
// lines that are no messages have the name of line and member, such as "tool.output". f
// runs on the session's goroutine and must be fast. The name must not be secret.
func MaskFunc(name string, f func(path, text string) string) Mask { return Mask{name, f} }
