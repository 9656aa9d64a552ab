package render

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestComment(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, indent, subject, text, want string }{
		{"nothing", "", "", "", ""},
		{"name alone", "", "Item", "", ""},
		{"name in front of a verb", "", "Item", "holds text.", "// Item holds text.\n"},
		{"no name in front of a sentence", "", "Item", "Holds text.", "// Holds text.\n"},
		{"indented", "\t", "", "Text.", "\t// Text.\n"},
		{"lines are joined", "", "", "one\n  two\n", "// one two\n"},
		{"paragraphs", "", "", "one\n\n\ntwo", "// one\n// \n// two\n"},
		{"list", "", "", "these:\n- one\n- two\n\nend", "// these:\n// \n//   - one\n//   - two\n// \n// end\n"},
		{"wrapped", "", "", strings.Repeat("abcd ", 18) + "end", "// " + strings.Repeat("abcd ", 16) + "abcd\n// abcd end\n"},
		{"wrapped to the width", "", "", strings.Repeat("abcd ", 17) + "end", "// " + strings.Repeat("abcd ", 16) + "abcd end\n"},
		{"wrapped element", "", "", "- " + strings.Repeat("abcd ", 18), "//   - " + strings.Repeat("abcd ", 16) + "abcd\n//     abcd\n"},
		{"word that is too long", "", "", "a " + strings.Repeat("b", 90) + " c", "// a\n// " + strings.Repeat("b", 90) + "\n// c\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, comment(tt.indent, tt.subject, tt.text))
		})
	}
}

func TestRaw(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "`,\"id\":`", raw(`,"id":`))
	assert.Equal(t, "\",\\\"`\\\":\"", raw(",\"`\":"))
}

func TestQuoted(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `"a", "b\"c"`, quoted([]string{"a", `b"c`}))
	assert.Empty(t, quoted(nil))
}
