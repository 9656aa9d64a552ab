package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/view/internal/samples"
)

// tree returns the names of a page for assistive technology, by role.
func tree(b *browser) map[string][]string {
	b.t.Helper()
	all := map[string][]string{}
	b.run(chromedp.ActionFunc(func(ctx context.Context) error {
		nodes, err := accessibility.GetFullAXTree().Do(ctx)
		for _, n := range nodes {
			if n.Ignored || n.Role == nil {
				continue
			}
			name := ""
			if n.Name != nil {
				name = strings.Trim(string(n.Name.Value), `"`)
			}
			role := strings.Trim(string(n.Role.Value), `"`)
			all[role] = append(all[role], name)
		}
		return err
	}))
	return all
}

func TestEveryControlHasANameAndARole(t *testing.T) {
	b := newBrowser(t)
	b.size(1440, 900)
	b.open(samples.Booking(), nil, "")
	names := tree(b)
	for _, role := range []string{"button", "searchbox", "slider", "link", "columnheader", "heading", "region"} {
		require.NotEmpty(t, names[role], role)
		for i, name := range names[role] {
			assert.NotEmpty(t, name, "%s %d of %q", role, i, names[role])
		}
	}
	assert.Equal(t, []string{"Position in the call"}, names["slider"])
	assert.Subset(t, names["heading"], []string{"WHAT STANDS OUT", "TIMELINE", "TURNS 6", "EVENTS"})
	assert.Subset(t, names["button"], []string{"Play", "Zoom in", "Zoom out", "Show the whole call", "Dark or light", "Turn 2, at 0:06.6"})
	assert.Len(t, names["main"], 1)
	assert.Len(t, names["banner"], 1)
	assert.Len(t, names["table"], 1)
}

// The keyboard reaches everything, from the top to the bottom of the page.
func TestFocusGoesInOrder(t *testing.T) {
	b := newBrowser(t)
	b.size(1440, 900)
	b.open(samples.RefusedUpdate(), nil, "")
	var order []string
	for range 40 {
		b.run(chromedp.KeyEvent(kb.Tab))
		at := eval[string](b, `(() => {
			const e = document.activeElement
			return e.id || e.dataset.kind || e.className || e.closest("tr, summary")?.tagName || e.tagName
		})()`)
		if len(order) == 0 || order[len(order)-1] != at {
			order = append(order, at)
		}
		assert.NotEqual(t, "0px", eval[string](b, `(() => {
			const s = getComputedStyle(document.activeElement)
			return s.outlineStyle === "none" ? "0px" : s.outlineWidth
		})()`), "focus is visible at %s", at)
		if at == "SUMMARY" {
			break
		}
	}
	assert.Equal(t, []string{"unseen", "find", "out", "fit", "in", "theme", "scroll", "TR", "find", "all", "error", "tool", "speech", "link", "sound", "SUMMARY"}, order)
	b.run(chromedp.KeyEvent(kb.Enter))
	b.see(`document.activeElement.parentNode.open && document.activeElement.parentNode.querySelector("pre") !== null`)
}
