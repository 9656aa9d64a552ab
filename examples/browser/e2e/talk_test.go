package e2e

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/examples/browser/site"
	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

func sound(t *testing.T, name string) []byte {
	t.Helper()
	s, err := recordings.Read(name)
	require.NoError(t, err)
	return s
}

// asking is a microphone that asks after a while, and then listens.
func asking(t *testing.T, after time.Duration) []byte {
	t.Helper()
	return slices.Concat(realtimetest.Silence(after), sound(t, "question"), realtimetest.Silence(20*time.Second))
}

func TestSpokenConversation(t *testing.T) {
	s := open(t, setup{microphone: asking(t, 2500*time.Millisecond)})
	assert.Contains(t, s.text("header"), "a test server answers")
	assert.Contains(t, s.text("#about"), "plays a script")
	assert.Contains(t, s.text("#hints"), site.Question)
	s.shoot("01-ready")
	release := s.hold()
	// Use only the keyboard.
	s.run(chromedp.Focus("#toggle", chromedp.ByQuery), chromedp.KeyEvent(kb.Enter))
	s.state("connecting")
	assert.Equal(t, "Cancel", s.text("#toggle span"))
	s.shoot("03-connecting")
	release()
	c := s.conn()
	s.state("listening")
	assert.Equal(t, "Stop talking", s.text("#toggle span"))
	assert.Contains(t, s.text("#hints"), "Say something")
	s.shoot("04-listening")
	s.state("thinking")
	s.shoot("05-thinking")
	s.state("speaking")
	s.see(".model .text span", "Saturday")
	s.shoot("06-speaking")
	s.see(`.user[data-final="true"]`, site.Question)
	s.see(`.model[data-final="true"]`, site.Answer)
	s.see(`.tool[data-final="true"]`, `weather({"city":"Lisbon","day":"Saturday"}) → {"sky":"sunny"`)
	s.state("listening")
	s.shoot("08-answered")
	assert.Equal(t, "connecting listening thinking speaking listening", strings.Join(s.states(), " "))
	reply, err := strconv.ParseFloat(strings.TrimSuffix(s.text("#wait"), "s"), 64)
	require.NoError(t, err)
	assert.Greater(t, reply, 0.6, "the script thinks for 0.6 s, twice")
	assert.Less(t, reply, 20.0)
	s.click()
	s.state("over")
	assert.Equal(t, "Start talking", s.text("#toggle span"))
	assert.Equal(t, "toggle", eval[string](s.tab, "document.activeElement.id"), "the focus stays where it is")
	s.shoot("18-over")

	assert.Equal(t, "subprotocol", c.Credential().Scheme)
	assert.True(t, strings.HasPrefix(c.Credential().Key, "ek_"))
	code, _, closed := c.Closed()
	assert.True(t, closed)
	assert.Equal(t, 1000, code)
}

func TestBargeIn(t *testing.T) {
	s := open(t, setup{microphone: slices.Concat(
		realtimetest.Silence(time.Second), sound(t, "question"),
		// Wait for the end of the turn, the function call and two seconds of the
		// answer.
		realtimetest.Silence(4*time.Second), sound(t, "interruption"), realtimetest.Silence(20*time.Second),
	)})
	s.click()
	c := s.conn()
	s.see(".cut .note", "interrupted")
	s.picture()
	s.see(`.user[data-final="true"]`, site.Interruption)
	s.see(`.model[data-final="true"]`, site.Tomorrow)
	s.state("listening")
	s.shoot("07-interrupted")
	assert.Equal(t, "connecting listening thinking speaking listening thinking speaking listening", strings.Join(s.states(), " "))
	said, unheard := s.text(".cut .text span"), s.text(".cut .unheard")
	assert.NotEmpty(t, said)
	assert.Regexp(t, "^"+said, site.Answer)
	assert.NotEmpty(t, strings.TrimSpace(unheard))
	assert.Equal(t, "line-through", eval[string](s.tab, `getComputedStyle(document.querySelector(".cut .unheard")).textDecorationLine`))
	assert.NotEqual(t, eval[string](s.tab, `getComputedStyle(document.querySelector(".cut .text span")).color`),
		eval[string](s.tab, `getComputedStyle(document.querySelector(".cut .unheard")).color`), "what was not heard is grey")

	var truncate api.ConversationItemTruncate
	require.NoError(t, json.Unmarshal(s.wait(c, realtimetest.Received, "conversation.item.truncate").Data, &truncate))
	length := len(sound(t, "answer")) / 48
	assert.Greater(t, truncate.AudioEndMS, 300)
	assert.Less(t, truncate.AudioEndMS, length-100)
	s.wait(c, realtimetest.Sent, "conversation.item.truncated")
	for _, e := range c.Log() {
		assert.NotEqual(t, "error", e.Type, "%s", e.Data)
	}
	// The page cannot have played more than the time that has elapsed.
	begun := s.wait(c, realtimetest.Sent, "response.output_audio.delta").At
	cut := s.wait(c, realtimetest.Received, "conversation.item.truncate").At
	assert.LessOrEqual(t, truncate.AudioEndMS, int((cut-begun).Milliseconds())+50)
}

func TestEscapeInterrupts(t *testing.T) {
	s := open(t, setup{microphone: asking(t, time.Second)})
	s.click()
	c := s.conn()
	s.state("speaking")
	s.see(".model .text span", "Saturday")
	s.run(chromedp.KeyEvent(kb.Escape))
	s.state("listening")
	s.wait(c, realtimetest.Received, "response.cancel")
	s.see(`.model[data-final="true"] .note`, "interrupted")
}

// Writing needs no microphone, and starts a conversation by itself.
func TestWriting(t *testing.T) {
	s := open(t, setup{device: missing})
	s.write("What is the weather like?")
	s.conn()
	s.see(`.user[data-final="true"]`, "What is the weather like?")
	s.see(`.model[data-final="true"]`, site.Answer)
	s.state("listening")
	assert.Equal(t, "Your turn: write", s.text("#name"))
	assert.Empty(t, eval[string](s.tab, "document.getElementById('text').value"))
	s.shoot("09-written")
	s.write("And tomorrow?")
	s.state("speaking")
	s.write("The weather again, please.")
	s.see(".model.cut .note", "interrupted")
	s.see(`.model[data-final="true"]:last-child`, site.Answer)
}

// A hint is sent in writing by a click.
func TestHintsAreSent(t *testing.T) {
	s := open(t, setup{device: missing})
	s.run(chromedp.Click("#hints button", chromedp.ByQuery))
	s.see(`.user[data-final="true"]`, site.Question)
	s.see(`.model[data-final="true"]`, site.Answer)
	assert.True(t, eval[bool](s.tab, "document.getElementById('hints').hidden"))
}

// While the model speaks, its meter moves, and words become heard one after another.
func TestMetersAndWordsFollowTheSound(t *testing.T) {
	s := open(t, setup{microphone: asking(t, time.Second)})
	s.run(chromedp.Evaluate(`window.levels = { in: new Set(), out: new Set() }
		window.heard = new Set()
		for (const id of ["in", "out"]) {
			const bar = document.getElementById(id).firstElementChild
			new MutationObserver(() => levels[id].add(bar.style.transform)).observe(bar, { attributes: true })
		}
		new MutationObserver(() => {
			const e = document.querySelector('.model[data-final="false"] .text span')
			if (e) heard.add(e.textContent)
		}).observe(document.getElementById("captions"), { childList: true, subtree: true })`, nil))
	s.click()
	s.see(`.model[data-final="true"]`, site.Answer)
	s.state("listening")
	assert.Greater(t, eval[int](s.tab, "levels.in.size"), 20)
	assert.Greater(t, eval[int](s.tab, "levels.out.size"), 20)
	assert.Greater(t, eval[int](s.tab, "heard.size"), 5)
	s.run(chromedp.Poll(`document.getElementById("out").firstElementChild.style.transform === "scaleX(0)"`, nil))
}

func TestDroppedConnectionIsRecovered(t *testing.T) {
	s := open(t, setup{microphone: asking(t, 6*time.Second)})
	s.click()
	first := s.conn()
	s.state("listening")
	s.wait(first, realtimetest.Received, "input_audio_buffer.append")
	release := s.hold()
	first.Drop()
	s.state("connecting")
	assert.Contains(t, s.text("#problem"), "connection was lost")
	s.shoot("16-lost")
	release()
	second := s.conn()
	s.see("#detail", "connection was restored")
	s.shoot("17-restored")
	assert.NotEqual(t, first.Credential().Key, second.Credential().Key, "each connection must have its own secret")
	s.see(`.model[data-final="true"]`, site.Answer)
}

// The user may choose another microphone, also while talking.
func TestDevicesAreChosen(t *testing.T) {
	s := open(t, setup{})
	s.click()
	s.conn()
	s.state("listening")
	names := eval[[]string](s.tab, `[...document.getElementById("microphone").options].map((o) => o.textContent)`)
	require.Greater(t, len(names), 1, "the devices have names once the microphone is allowed")
	assert.Equal(t, "System default", names[0])
	s.run(chromedp.Evaluate(`window.asked = []
		const get = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
		navigator.mediaDevices.getUserMedia = (c) => { asked.push(c.audio.deviceId?.exact ?? ""); return get(c) }
		const e = document.getElementById("microphone")
		e.selectedIndex = 1
		e.dispatchEvent(new Event("change"))`, nil))
	s.run(chromedp.Poll(`asked.length === 1 && asked[0] === document.getElementById("microphone").value`, nil))
	s.state("listening")
}
