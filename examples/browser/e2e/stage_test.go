package e2e

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/examples/browser/site"
	"github.com/voicelane/realtime-go/realtimetest"
)

// stage is the page in a browser and the server that it connects to.
type stage struct {
	*tab

	srv *realtimetest.Server
	web *httptest.Server

	mu   sync.Mutex
	gate chan struct{} // New connections wait until it is closed.
}

type setup struct {
	device     device
	microphone []byte // 24 kHz PCM16, played once.
	server     func(*realtimetest.Config)
	site       func(http.Handler) http.Handler
	script     string // JavaScript that runs before the page's.
}

// The sizes of the window.
const (
	wideX, wideY     = 1000, 760
	narrowX, narrowY = 390, 844
)

// open opens the page with the microphone input of the setup.
func open(t *testing.T, s setup) *stage {
	t.Helper()
	st := &stage{tab: newBrowser(t, s.device, s.microphone), gate: make(chan struct{})}
	close(st.gate)
	t.Cleanup(st.calm)
	script, err := site.Script()
	require.NoError(t, err)
	cfg := &realtimetest.Config{Script: *script, Pace: 1.5}
	if s.server != nil {
		s.server(cfg)
	}
	st.srv = realtimetest.New(cfg)
	t.Cleanup(st.srv.Close)
	siteCfg := &site.Config{App: os.DirFS(appDir), Model: "gpt-realtime-2.1"}
	siteCfg.Speaker, siteCfg.About = site.Scripted()
	require.NoError(t, site.Attach(siteCfg, st.srv))
	siteCfg.Realtime = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-st.door()
		st.srv.ServeHTTP(w, r)
	})
	handler, err := site.New(siteCfg)
	require.NoError(t, err)
	if s.site != nil {
		handler = s.site(handler)
	}
	st.web = httptest.NewServer(handler)
	t.Cleanup(st.web.Close)
	st.load(s.script)
	return st
}

// load loads the page and records the states that it shows.
func (s *stage) load(script string) {
	s.t.Helper()
	s.run(
		chromedp.EmulateViewport(wideX, wideY),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := cdppage.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
			return err
		}),
		chromedp.Navigate(s.web.URL),
		chromedp.WaitEnabled("#toggle", chromedp.ByQuery),
		chromedp.Evaluate(`window.states = []
			new MutationObserver(() => {
				const s = document.getElementById("state").dataset.state
				if (states.at(-1) !== s) states.push(s)
			}).observe(document.getElementById("state"), { attributes: true })`, nil),
	)
}

func (s *stage) door() chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gate
}

// hold blocks new connections until the returned func is called.
func (s *stage) hold() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gate := make(chan struct{})
	s.gate = gate
	return func() { close(gate) }
}

// click presses the button that starts and stops.
func (s *stage) click() {
	s.t.Helper()
	s.run(chromedp.Click("#toggle", chromedp.ByQuery))
}

// write writes something instead of speaking.
func (s *stage) write(text string) {
	s.t.Helper()
	s.run(chromedp.SendKeys("#text", text+"\r", chromedp.ByQuery))
}

// state waits until the page shows a state.
func (s *stage) state(name string) {
	s.t.Helper()
	s.run(chromedp.WaitVisible(fmt.Sprintf(`#state[data-state=%q]`, name), chromedp.ByQuery))
}

// see waits for an element that contains a text.
func (s *stage) see(selector, text string) {
	s.t.Helper()
	s.run(chromedp.Poll(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.textContent.includes(%q))`, selector, text), nil))
}

func (s *stage) text(selector string) string {
	s.t.Helper()
	var text string
	s.run(chromedp.Text(selector, &text, chromedp.ByQuery))
	return text
}

// states returns the states that the page has shown so far.
func (s *stage) states() []string {
	s.t.Helper()
	return eval[[]string](s.tab, "states")
}

// shoot takes screenshots of the page, wide and narrow, light and dark, if they are enabled.
func (s *stage) shoot(name string) {
	s.t.Helper()
	dir := os.Getenv(screenshots)
	if dir == "" {
		return
	}
	require.NoError(s.t, os.MkdirAll(dir, 0o755))
	for _, size := range []struct {
		name string
		x, y int64
	}{{"narrow", narrowX, narrowY}, {"wide", wideX, wideY}} {
		s.run(chromedp.EmulateViewport(size.x, size.y))
		for _, scheme := range []string{"dark", "light"} {
			var png []byte
			feature := &emulation.MediaFeature{Name: "prefers-color-scheme", Value: scheme}
			s.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{feature}), chromedp.CaptureScreenshot(&png))
			require.NoError(s.t, os.WriteFile(filepath.Join(dir, name+"-"+size.name+"-"+scheme+".png"), png, 0o644))
		}
	}
}

// picture writes the picture of the documentation, if that is asked for.
func (s *stage) picture() {
	s.t.Helper()
	file := os.Getenv(picture)
	if file == "" {
		return
	}
	looks, err := site.Looks()
	require.NoError(s.t, err)
	var png []byte
	// The model speaks, and the mouse and the focus are nowhere.
	s.run(
		chromedp.EmulateViewport(820, 690),
		chromedp.MouseEvent(input.MouseMoved, 1, 1),
		chromedp.Evaluate("document.activeElement.blur()", nil),
		chromedp.Poll(`document.querySelectorAll(".model").length === 2 &&
			document.querySelector(".model:last-child .text").textContent.length > 20 &&
			document.getElementById("out").firstElementChild.getBoundingClientRect().width > 60`, nil),
		chromedp.CaptureScreenshot(&png),
	)
	// The text chunk goes before the last one, IEND, which has 12 bytes.
	chunk := append([]byte("tEXtLooks\x00"), looks...)
	end := len(png) - 12
	out := binary.BigEndian.AppendUint32(slices.Clone(png[:end]), uint32(len(chunk)-4))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	require.NoError(s.t, os.WriteFile(file, append(out, png[end:]...), 0o644))
}

// conn waits for the next connection and returns the server's side of it.
func (s *stage) conn() *realtimetest.Conn {
	s.t.Helper()
	c, err := s.srv.Accept(s.ctx)
	require.NoError(s.t, err)
	return c
}

// wait waits for a frame at the server and returns it.
func (s *stage) wait(c *realtimetest.Conn, d realtimetest.Direction, wireName string) realtimetest.Entry {
	s.t.Helper()
	e, err := c.WaitFor(s.ctx, realtimetest.Is(d, wireName))
	require.NoError(s.t, err, wireName)
	return e
}
