package transcribe

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestOrder plays events as "commit ID after PREVIOUS", "done ID", "know ID", and
// expects the items in the order in which they may be yielded.
func TestOrder(t *testing.T) {
	t.Parallel()
	type step struct{ do, id, previous string }
	for name, c := range map[string]struct {
		steps   []step
		now     string // what is yielded before the end
		finally string // and with the end
	}{
		"transcripts out of order": {
			[]step{{"commit", "a", ""}, {"commit", "b", "a"}, {"commit", "c", "b"}, {"done", "c", ""}, {"done", "a", ""}, {"done", "b", ""}}, "abc", "abc",
		},
		"commits out of order": {
			[]step{{"commit", "a", ""}, {"commit", "c", "b"}, {"commit", "b", "a"}, {"done", "c", ""}, {"done", "b", ""}, {"done", "a", ""}}, "abc", "abc",
		},
		"a commit in front of what waits": {
			[]step{{"commit", "a", ""}, {"done", "a", ""}, {"commit", "c", "b"}, {"done", "c", ""}, {"commit", "b", "a"}, {"done", "b", ""}}, "abc", "abc",
		},
		"null for every item": {
			[]step{{"commit", "a", ""}, {"commit", "b", ""}, {"done", "b", ""}, {"done", "a", ""}}, "ab", "ab",
		},
		"an item of another kind before": {
			[]step{{"know", "x", ""}, {"commit", "a", "x"}, {"done", "a", ""}}, "a", "a",
		},
		"what it follows never comes": {
			[]step{{"commit", "b", "a"}, {"done", "b", ""}, {"commit", "c", "b"}, {"done", "c", ""}}, "", "bc",
		},
		"a transcript without a commit": {
			[]step{{"commit", "a", ""}, {"done", "z", ""}, {"done", "a", ""}}, "az", "az",
		},
		"a commit after the transcript": {
			[]step{{"done", "b", ""}, {"commit", "a", ""}}, "b", "b",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var o order
			var yielded strings.Builder
			give := func(end bool) {
				for it := o.next(end); it != nil; it = o.next(end) {
					yielded.WriteString(it.segment.ItemID)
				}
			}
			for _, s := range c.steps {
				switch s.do {
				case "commit":
					o.place(s.id, s.previous)
				case "know":
					o.know(s.id)
				default:
					o.find(s.id).done = true
				}
				give(false)
			}
			assert.Equal(t, c.now, yielded.String())
			give(true)
			assert.Equal(t, c.finally, yielded.String())
		})
	}
}
