package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// causes are what a reader must be told of each call, before scrolling.
var causes = map[string][]string{
	"silence-after-tool": {"No response was asked for after the tool lookup returned", "The caller heard nothing for another 9.08 s"},
	"double-talk":        {"Caller and agent spoke at once for 1.98 s, and nothing was cut", "interrupt_response is false, so the caller may not interrupt"},
	"late-barge-in":      {"The caller interrupted, and the sound went on for 1.90 s", "The program stopped it only 1.90 s after speech_started"},
	"lost-connection":    {"The connection was lost (code 1006) for 6.00 s", "2 of 3 dials failed (HTTP 503)", "2 items lost"},
	"refused-update":     {"The service refused session.update", "session.audio.input.format.rate", "With it were dropped", "session.instructions"},
}

// The first finding of a call that went wrong states the cause, in the window as it opens,
// on a desk and on a telephone.
func TestTheCauseIsSeenWhenAPageOpens(t *testing.T) {
	b := newBrowser(t)
	pages := recorded(t)
	require.Len(t, pages, len(causes))
	for name, rec := range pages {
		for _, size := range [][2]int64{{1440, 900}, {1280, 720}, {390, 844}} {
			b.size(size[0], size[1])
			b.open(rec, nil, "")
			text := eval[string](b, `document.querySelector(".find").innerText.replace(/\s+/g, " ")`)
			for _, cause := range causes[name] {
				assert.Contains(t, text, cause, name)
			}
			assert.LessOrEqual(t, eval[float64](b, `document.querySelector(".find").getBoundingClientRect().bottom`), float64(size[1]), name)
			assert.True(t, eval[bool](b, `document.querySelector(".find svg").classList.contains("is-bad")`), name)
		}
	}
	b.quiet()
}

// The labels of the ruler lie within the timeline, and the filters in one line on a desk.
func TestNothingIsClippedOrWrapped(t *testing.T) {
	b := newBrowser(t)
	for name, rec := range recorded(t) {
		for _, width := range []int64{1280, 1440} {
			b.size(width, 800)
			b.open(rec, nil, "")
			assert.Zero(t, eval[int](b, `(() => {
				const right = document.querySelector("#track").getBoundingClientRect().right
				return [...document.querySelectorAll(".tick span")].filter((e) => e.getClientRects().length && e.getBoundingClientRect().right > right + 1).length
			})()`), "%s %d", name, width)
			assert.Equal(t, 1, eval[int](b, `new Set([...document.querySelectorAll(".filter > *")].map((e) => e.offsetTop)).size`), "%s %d", name, width)
		}
	}
}
