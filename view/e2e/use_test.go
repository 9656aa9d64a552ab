package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/view"
	"github.com/voicelane/realtime-go/view/internal/samples"
)

const clock = `document.querySelector("#clock").textContent`

func shownRows(b *browser) int {
	b.t.Helper()
	return eval[int](b, `document.querySelectorAll(".ev:not([hidden])").length`)
}

func TestAFindingLeadsToItsMomentAndItsEvent(t *testing.T) {
	b := newBrowser(t)
	b.size(1440, 900)
	b.open(samples.RefusedUpdate(), nil, "")
	b.run(chromedp.Click(".find", chromedp.ByQuery))
	assert.Equal(t, "0:00.79", eval[string](b, clock))
	assert.Equal(t, "error", eval[string](b, `document.querySelector(".ev.now .name").textContent`))
	b.run(chromedp.Click(".ev.now summary", chromedp.ByQuery))
	b.see(`document.querySelector(".ev.now pre")?.textContent.includes("Supported values are: 24000.")`)
	b.run(chromedp.Click(".ev.now div button", chromedp.ByQuery)) // the request that it refuses
	b.see(`document.querySelector(".ev.now pre")?.textContent.includes('"event_id": "set_2"')`)
	assert.Equal(t, "session.update", eval[string](b, `document.querySelector(".ev.now .name").textContent`))
	assert.Equal(t, "0:00.70", eval[string](b, clock))
	b.quiet()
}

func TestEventsAreFiltered(t *testing.T) {
	b := newBrowser(t)
	b.size(1440, 900)
	b.open(samples.Booking(), nil, "")
	all := shownRows(b)
	require.Positive(t, all)
	b.run(chromedp.Click(`[data-kind="tool"]`, chromedp.ByQuery))
	tools := shownRows(b)
	assert.Less(t, tools, all)
	assert.Equal(t, 6, tools, "two calls: the arguments, the beginning and the end of each")
	b.run(chromedp.Click(`[data-kind="all"]`, chromedp.ByQuery), chromedp.SendKeys("#find", "seven TEN", chromedp.ByQuery))
	assert.Equal(t, 3, shownRows(b), "what the caller said, and the two answers to it")
	b.run(chromedp.SendKeys("#find", "x", chromedp.ByQuery))
	assert.Zero(t, shownRows(b))
	assert.True(t, eval[bool](b, `document.querySelector("#events .empty").checkVisibility()`))
	b.run(chromedp.SendKeys("#find", kb.Escape, chromedp.ByQuery))
	assert.Equal(t, all, shownRows(b))
	b.run(chromedp.Click(`[data-kind="sound"]`, chromedp.ByQuery))
	assert.Greater(t, shownRows(b), 60, "a row a second, and one an answer")
	b.quiet()
}

// clickAt clicks a lane at a time in seconds.
func clickAt(b *browser, lane string, seconds float64) {
	b.t.Helper()
	at := eval[[]float64](b, `(() => {
		const box = document.querySelector("#track").getBoundingClientRect()
		const lane = document.querySelector("#track `+lane+`").getBoundingClientRect()
		return [box.left, box.width / (call.length / 1e6), lane.top + lane.height / 2]
	})()`)
	b.run(chromedp.MouseClickXY(at[0]+seconds*at[1], at[2]))
}

func TestSoundPlaysFromWhereOneClicks(t *testing.T) {
	b := newBrowser(t)
	b.size(1440, 900)
	b.open(samples.Booking(), nil, "")
	clickAt(b, ".ruler", 12)
	assert.InDelta(t, 12e6, eval[float64](b, "state.now"), 1e5, "the ruler moves the playhead")
	assert.False(t, eval[bool](b, "state.playing"))
	clickAt(b, ".heard.wave", 16)
	b.see(`state.playing && state.now > 16.4e6 && state.now < 30e6`)
	assert.Equal(t, "Pause", eval[string](b, `document.querySelector("#play").getAttribute("aria-label")`))
	assert.Positive(t, eval[int](b, "sources.length"))
	b.run(chromedp.Click(`[data-mute="agent"]`, chromedp.ByQuery))
	assert.Equal(t, "true", eval[string](b, `document.querySelector('[data-mute="agent"]').getAttribute("aria-pressed")`))
	b.run(chromedp.Click("#play", chromedp.ByQuery))
	assert.False(t, eval[bool](b, "state.playing"))
	assert.Zero(t, eval[int](b, "sources.length"))
	b.quiet()
}

// The page decodes codes to the samples that package sound does: the vectors are those of
// its tests.
func TestThePageDecodesTheSound(t *testing.T) {
	b := newBrowser(t)
	b.open(samples.Booking(), nil, "")
	moves := map[int]string{4: "[-1, -1, -1, -1, 2, 4, 6, 8]", 3: "[-1, -1, 1, 2]", 2: "[-1, 2]"}
	for bits, want := range map[int][]int{
		4: {11, 41, 104, 240, 221, -45, -7, 235, -49, -163},
		3: {11, 5, -5, -20, -2, -18, -8, -30, -26, -23},
		2: {10, -3, 13, -6, 18, -10, 24, -18, -35, -20},
	} {
		got := eval[[]int](b, fmt.Sprintf(`[...decode(new Uint8Array([0x77, 0x77, 0x8f, 0x03, 0xc9]), 10, { bits: %d, steps: call.sound.steps, moves: %s })].map((s) => s * 32768)`, bits, moves[bits]))
		assert.Equal(t, want, got, "%d bits", bits)
	}
	loudest := eval[float64](b, `load().then((parts) => parts.reduce((top, part) => decode(part.codes, part.count, call.sound).reduce((m, s) => Math.max(m, Math.abs(s)), top), 0))`)
	assert.InDelta(t, 0.5, loudest, 0.45)
	b.quiet()
}

func TestKeys(t *testing.T) {
	b := newBrowser(t)
	b.size(1440, 900)
	b.open(samples.Booking(), nil, "")
	press := func(keys string) { b.run(chromedp.KeyEvent(keys)) }
	press(kb.ArrowRight + kb.ArrowRight)
	assert.Equal(t, "0:02.00", eval[string](b, clock))
	press(kb.End)
	assert.Equal(t, "1:00.00", eval[string](b, clock))
	press(kb.Home)
	assert.Equal(t, "0:00.00", eval[string](b, clock))
	press("n")
	assert.Equal(t, 0, eval[int](b, `finds.indexOf(document.activeElement)`))
	press("n")
	press("p")
	press("p")
	assert.Equal(t, 1, eval[int](b, `finds.indexOf(document.activeElement)`), "the first and the last are neighbours")
	press("jj")
	assert.Equal(t, "2", eval[string](b, `document.activeElement.textContent`))
	assert.Equal(t, "0:06.55", eval[string](b, clock))
	press("0")
	assert.InDelta(t, 1, eval[float64](b, "state.zoom"), 0.001)
	press("+")
	assert.InDelta(t, 1.6, eval[float64](b, "state.zoom"), 0.001)
	press("/")
	assert.Equal(t, "find", eval[string](b, `document.activeElement.id`))
	press("t")
	assert.Empty(t, eval[string](b, `document.documentElement.dataset.theme ?? ""`), "letters are text in a field")
	press(kb.Escape)
	press("t")
	dark := eval[string](b, `getComputedStyle(document.body).color`)
	press("t")
	assert.NotEqual(t, dark, eval[string](b, `getComputedStyle(document.body).color`))
	press(" ")
	b.see("state.playing")
	press(" ")
	assert.False(t, eval[bool](b, "state.playing"))
	b.quiet()
}

func TestAnAddressOpensAMoment(t *testing.T) {
	b := newBrowser(t)
	b.size(1440, 900)
	b.open(samples.Booking(), nil, "#t=21.4&z=5")
	assert.Equal(t, "0:21.40", eval[string](b, clock))
	assert.InDelta(t, 5, eval[float64](b, "state.zoom"), 0.001)
	assert.True(t, eval[bool](b, `pixels(state.now) > scroll.scrollLeft && pixels(state.now) < scroll.scrollLeft + scroll.clientWidth`))
	b.open(samples.Booking(), nil, "#e=3")
	b.see(`rows[3].open`)
	b.quiet()
}

// Texts, ids and names of a recording are hostile: nothing of them runs.
func TestNothingHostileRuns(t *testing.T) {
	b := newBrowser(t)
	rec := samples.Hostile(samples.Attacks())
	b.size(390, 844)
	b.open(rec, &view.Options{Title: samples.Attacks()[0], Notes: []view.Note{{At: 1, Title: samples.Attacks()[1], Text: samples.Attacks()[4], Severity: recording.Broken}}}, "#t=1e999&z=<script>hacked=9</script>&e=%22")
	assert.EqualValues(t, 390, eval[int](b, "document.documentElement.scrollWidth"), "words of 10,000 letters are broken")
	b.run(chromedp.Evaluate(`complete(); document.querySelectorAll("details").forEach((d) => (d.open = true))`, nil))
	b.see(`document.querySelectorAll(".ev pre").length === call.events.length`)
	for _, kind := range []string{"error", "tool", "all"} {
		b.run(chromedp.Evaluate(`filterBy("`+kind+`", "")`, nil))
	}
	b.run(chromedp.Evaluate(`finds.forEach((f) => f.click()); turns.forEach((r) => r.click()); document.querySelectorAll("[data-at]").forEach((e) => e.dispatchEvent(new MouseEvent("mouseover", { bubbles: true })))`, nil))
	assert.Equal(t, "undefined", eval[string](b, `typeof hacked`))
	assert.Equal(t, 3, eval[int](b, `document.scripts.length - document.querySelectorAll("#sound").length + 1`))
	assert.Zero(t, eval[int](b, `document.querySelectorAll("img, iframe, object, embed, link, base, form").length`))
	b.shoot("hostile", false)
	b.quiet()
}

// The policy stops what would run or load, were something not escaped.
func TestThePolicyHolds(t *testing.T) {
	b := newBrowser(t)
	b.open(samples.RefusedUpdate(), nil, "")
	b.run(chromedp.Evaluate(`window.stopped = []
		addEventListener("securitypolicyviolation", (e) => stopped.push(e.effectiveDirective))
		const box = document.createElement("div")
		box.innerHTML = '<img src="https://example.com/x.png" onerror="hacked=1"><svg onload="hacked=2"></svg>'
		document.body.append(box)
		const s = document.createElement("script")
		s.textContent = "hacked = 3"
		document.body.append(s)
		fetch("https://example.com/").catch(() => {})`, nil))
	b.see(`stopped.includes("img-src") && stopped.includes("connect-src") && stopped.includes("script-src-elem")`)
	assert.Equal(t, "undefined", eval[string](b, `typeof hacked`))
}
