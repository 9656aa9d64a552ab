package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/examples/browser/site"
	"github.com/voicelane/realtime-go/realtimetest"
)

// required is the environment variable that makes tests fail, not skip, without
// Chromium. screenshots is the one with a directory for screenshots of each state.
const (
	required    = "CHROMIUM_REQUIRED"
	screenshots = "SCREENSHOTS"
)

func chromium(t *testing.T) string {
	t.Helper()
	if path := findChromium(); path != "" {
		return path
	}
	if os.Getenv(required) != "" {
		t.Fatal("Chromium is missing, and " + required + " is set")
	}
	t.Skip("SKIPPED: Chromium is missing")
	return ""
}

// findChromium returns the path of the browser, or "" if it is not installed.
func findChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// patience bounds one step of a test. A turn takes seconds.
const patience = 30 * time.Second

// Programs for the pages. TestMain builds them, because building can take minutes on a
// busy machine and the timeout of a browser starts with its test.
var (
	appDir   string // The program of the page and the JavaScript that runs it.
	testFile string // The test program of package conformance.
)

func TestMain(m *testing.M) {
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (int, error) {
	if findChromium() == "" {
		return m.Run(), nil // The tests skip or fail before they need a program.
	}
	dir, err := os.MkdirTemp("", "e2e-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	appDir, testFile = filepath.Join(dir, "app"), filepath.Join(dir, "test.wasm")
	if _, err := site.BuildApp(context.Background(), appDir); err != nil {
		return 0, err
	}
	if err := site.Build(context.Background(), testFile, "test", "-c", "github.com/voicelane/realtime-go/internal/conformance"); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// stage is a page in a browser and the server that it connects to.
type stage struct {
	t   *testing.T
	ctx context.Context
	srv *realtimetest.Server

	mu   sync.Mutex
	gate chan struct{} // New connections wait until it is closed.
}

type setup struct {
	microphone []byte // 24 kHz PCM16, played once.
	server     func(*realtimetest.Config)
	site       func(http.Handler) http.Handler
}

// open opens the page with the microphone input of the setup.
func open(t *testing.T, s setup) *stage {
	t.Helper()
	ctx := newBrowser(t, s.microphone)
	script, err := site.Script()
	require.NoError(t, err)
	cfg := &realtimetest.Config{Script: *script, Pace: 1.5}
	if s.server != nil {
		s.server(cfg)
	}
	st := &stage{t: t, ctx: ctx, srv: realtimetest.New(cfg), gate: make(chan struct{})}
	close(st.gate)
	t.Cleanup(st.srv.Close)
	siteCfg := &site.Config{App: os.DirFS(appDir), Model: "gpt-realtime"}
	require.NoError(t, site.Attach(siteCfg, st.srv))
	siteCfg.Realtime = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-st.door()
		st.srv.ServeHTTP(w, r)
	})
	handler := site.New(siteCfg)
	if s.site != nil {
		handler = s.site(handler)
	}
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	st.run(
		chromedp.EmulateViewport(900, 700),
		chromedp.Navigate(web.URL),
		chromedp.WaitEnabled("#start", chromedp.ByQuery),
		chromedp.Evaluate(`window.states = []
			new MutationObserver(() => {
				const s = document.getElementById("state").dataset.state
				if (states.at(-1) !== s) states.push(s)
			}).observe(document.getElementById("state"), { attributes: true })`, nil),
	)
	return st
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

func newBrowser(t *testing.T, microphone []byte) context.Context {
	t.Helper()
	path := chromium(t)
	file := filepath.Join(t.TempDir(), "microphone.wav")
	f, err := os.Create(file)
	require.NoError(t, err)
	if microphone == nil {
		microphone = realtimetest.Silence(time.Second)
	}
	wav := audio.NewWAVWriter(f, audio.PCM24k, 1)
	_, err = wav.Write(microphone)
	require.NoError(t, err)
	require.NoError(t, wav.Close())
	require.NoError(t, f.Close())
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // CI runs as root in a container.
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-audio-capture", file+"%noloop"),
		chromedp.Flag("disable-audio-output", true), // The page plays, without output.
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	ctx, stop := context.WithTimeout(t.Context(), 90*time.Second)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	chromedp.ListenTarget(ctx, func(e any) {
		switch e := e.(type) {
		case *runtime.EventConsoleAPICalled:
			for _, a := range e.Args {
				t.Logf("console %s: %s", e.Type, a.Value)
			}
		case *runtime.EventExceptionThrown:
			t.Errorf("the page threw: %s", e.ExceptionDetails.Text)
		}
	})
	// The context of the first Run determines the lifetime of the browser.
	require.NoError(t, chromedp.Run(ctx))
	return ctx
}

func (s *stage) run(actions ...chromedp.Action) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.ctx, patience)
	defer stop()
	err := chromedp.Run(ctx, actions...)
	if err != nil {
		var text string
		var picture []byte
		_ = chromedp.Run(s.ctx, chromedp.Text("body", &text, chromedp.ByQuery), chromedp.CaptureScreenshot(&picture))
		s.t.Logf("the page shows:\n%s", text)
		if dir := os.Getenv(screenshots); dir != "" {
			_ = os.WriteFile(filepath.Join(dir, "failed-"+s.t.Name()+".png"), picture, 0o644)
		}
	}
	require.NoError(s.t, err)
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
	var list []string
	s.run(chromedp.Evaluate("states", &list))
	return list
}

// shoot takes screenshots of the page in light and dark mode, if they are enabled.
func (s *stage) shoot(name string) {
	s.t.Helper()
	dir := os.Getenv(screenshots)
	if dir == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		var png []byte
		feature := &emulation.MediaFeature{Name: "prefers-color-scheme", Value: scheme}
		s.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{feature}), chromedp.CaptureScreenshot(&png))
		require.NoError(s.t, os.MkdirAll(dir, 0o755))
		require.NoError(s.t, os.WriteFile(filepath.Join(dir, name+"-"+scheme+".png"), png, 0o644))
	}
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
