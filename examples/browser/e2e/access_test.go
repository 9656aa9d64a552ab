package e2e

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/examples/browser/site"
)

// names returns the names of what assistive technology reads, by role.
func (s *stage) names() map[string][]string {
	s.t.Helper()
	all := map[string][]string{}
	s.run(chromedp.ActionFunc(func(ctx context.Context) error {
		nodes, err := accessibility.GetFullAXTree().Do(ctx)
		for _, n := range nodes {
			if n.Ignored || n.Role == nil {
				continue
			}
			role := textOf(s.t, n.Role)
			all[role] = append(all[role], textOf(s.t, n.Name))
		}
		return err
	}))
	return all
}

func textOf(t *testing.T, v *accessibility.Value) (text string) {
	t.Helper()
	if v != nil {
		require.NoError(t, json.Unmarshal(v.Value, &text))
	}
	return text
}

func TestEveryControlHasAName(t *testing.T) {
	s := open(t, setup{})
	names := s.names()
	assert.ElementsMatch(t, []string{"Start talking", "“" + site.Question + "”", "“" + site.Interruption + "”", "Send"}, names["button"])
	assert.Equal(t, []string{"Write instead of speaking"}, names["textbox"])
	assert.Equal(t, []string{"Microphone", "Loudspeaker"}, names["combobox"])
	assert.Equal(t, []string{"What was said"}, names["log"])
	assert.Equal(t, []string{"Talk to a model"}, names["heading"])
	assert.Len(t, names["main"], 1)
	assert.Len(t, names["status"], 1)
}

// What is said is announced once it is whole, and states and problems as they come.
func TestWhatIsAnnounced(t *testing.T) {
	s := open(t, setup{microphone: asking(t, time.Second)})
	s.run(chromedp.Evaluate(`window.announced = []
		new MutationObserver(() => announced.push(document.getElementById("announce").textContent))
			.observe(document.getElementById("announce"), { childList: true })`, nil))
	s.click()
	s.see("#announce", site.Answer)
	assert.Equal(t, []string{"You: " + site.Question, "Model: " + site.Answer}, eval[[]string](s.tab, "announced"))
	live := eval[map[string]string](s.tab, `Object.fromEntries(["state", "problem", "captions", "announce"].map((id) => {
		const e = document.getElementById(id)
		return [id, [e.getAttribute("role"), e.getAttribute("aria-live")].filter(Boolean).join(" ")]
	}))`)
	assert.Equal(t, map[string]string{"state": "status", "problem": "alert", "captions": "log off", "announce": "polite"}, live)
}

// The keyboard reaches everything, in the order of the page, and one sees where it is.
func TestFocusGoesInOrder(t *testing.T) {
	s := open(t, setup{})
	var order []string
	for range 8 {
		s.run(chromedp.KeyEvent(kb.Tab))
		order = append(order, eval[string](s.tab, "document.activeElement.id || document.activeElement.textContent"))
		assert.NotEqual(t, "none", eval[string](s.tab, "getComputedStyle(document.activeElement).outlineStyle"), order)
	}
	assert.Equal(t, []string{"toggle", "captions", site.Question, site.Interruption, "text", "Send", "microphone", "loudspeaker"}, order)
}

// On a telephone nothing is wider than the screen, and what is pressed is large enough.
func TestSmallScreen(t *testing.T) {
	s := open(t, setup{microphone: asking(t, time.Second)})
	check := func() {
		t.Helper()
		for _, width := range []int64{narrowX, 320} {
			s.resize(width, narrowY)
			wide := eval[[]string](s.tab, `[...document.querySelectorAll("body *")].filter((e) =>
				e.checkVisibility() && !e.closest(".unseen") && e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML)`)
			assert.Empty(t, wide, width)
			small := eval[[]string](s.tab, `[...document.querySelectorAll("button, input, select")].filter((e) =>
				e.checkVisibility() && e.getBoundingClientRect().height < 38).map((e) => e.outerHTML)`)
			assert.Empty(t, small, width)
		}
	}
	check()
	s.click()
	s.see(`.model[data-final="true"]`, site.Answer)
	check()
	s.resize(narrowX, 600)
	s.run(chromedp.Poll(`(() => {
		const list = document.getElementById("captions")
		return list.scrollHeight > list.clientHeight && list.scrollHeight - list.scrollTop - list.clientHeight < 2
	})()`, nil)) // As with a keyboard on the screen: the last words stay in sight.
	require.Equal(t, "listening", eval[string](s.tab, "document.getElementById('state').dataset.state"))
}
