package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/examples/browser/site"
	"github.com/voicelane/realtime-go/realtimetest"
)

// required is the environment variable that makes tests fail, not skip, without
// Chromium. screenshots is the one with a directory for screenshots of each state, and
// picture the one with the file for the picture of the documentation.
const (
	required    = "CHROMIUM_REQUIRED"
	screenshots = "SCREENSHOTS"
	picture     = "PICTURE"
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

// The bounds of a test and of one step of it. A turn takes seconds; a busy machine may
// take a minute to start a browser.
const (
	whole    = 5 * time.Minute
	patience = time.Minute
)

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

// device is what the browser has as a microphone.
type device int

const (
	recording device = iota // It plays what the setup has.
	missing
	forbidden // There is one, and the user does not allow it.
)

// tab is a tab of a browser, and what it has complained about.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string // guarded by mu
}

// newBrowser opens a tab.
func newBrowser(t *testing.T, d device, microphone []byte) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)),
		chromedp.NoSandbox,                                            // CI runs as root in a container.
		chromedp.Flag("disable-audio-output", true),                   // The page plays, without output.
		chromedp.Flag("use-fake-ui-for-media-stream", d != forbidden), // Otherwise the user allows it.
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.WSURLReadTimeout(patience),
	)
	if d != missing {
		options = append(options,
			chromedp.Flag("use-fake-device-for-media-stream", true),
			chromedp.Flag("use-file-for-fake-audio-capture", wav(t, microphone)+"%noloop"),
		)
	}
	ctx, stop := context.WithTimeout(t.Context(), whole)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	b := &tab{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, b.hear)
	// The context of the first Run determines the lifetime of the browser.
	require.NoError(t, chromedp.Run(ctx))
	return b
}

// wav writes 24 kHz PCM16 to a file. Without sound it is silence.
func wav(t *testing.T, sound []byte) string {
	t.Helper()
	if sound == nil {
		sound = realtimetest.Silence(time.Second)
	}
	name := filepath.Join(t.TempDir(), "microphone.wav")
	f, err := os.Create(name)
	require.NoError(t, err)
	w := audio.NewWAVWriter(f, audio.PCM24k, 1)
	_, err = w.Write(sound)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, f.Close())
	return name
}

// hear takes an event of the browser.
func (b *tab) hear(e any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := e.(type) {
	case *runtime.EventConsoleAPICalled:
		for _, a := range e.Args {
			b.t.Logf("console %s: %s", e.Type, a.Value)
		}
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, "the page threw: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		b.t.Logf("log %s: %s", e.Entry.Source, e.Entry.Text)
		switch e.Entry.Source {
		case log.SourceNetwork, log.SourceWorker: // A server that refuses or is gone.
		default:
			b.complaints = append(b.complaints, e.Entry.Text)
		}
	}
}

// calm fails the test if the page has thrown, or done what its own policy forbids.
func (b *tab) calm() {
	b.mu.Lock()
	defer b.mu.Unlock()
	assert.Empty(b.t, b.complaints)
}

func (b *tab) run(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	err := chromedp.Run(ctx, actions...)
	if err != nil {
		var text string
		var picture []byte
		_ = chromedp.Run(b.ctx, chromedp.Text("body", &text, chromedp.ByQuery), chromedp.CaptureScreenshot(&picture))
		b.t.Logf("the page shows:\n%s", text)
		if dir := os.Getenv(screenshots); dir != "" {
			_ = os.WriteFile(filepath.Join(dir, "failed-"+b.t.Name()+".png"), picture, 0o644)
		}
	}
	require.NoError(b.t, err)
}

// resize changes the size of the window, and waits until it was drawn, as no device changes
// it twice in one frame.
func (b *tab) resize(width, height int64) {
	b.t.Helper()
	b.run(chromedp.EmulateViewport(width, height), chromedp.Evaluate(
		`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))`, nil,
		func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
}

// eval returns the value of an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	var value T
	b.run(chromedp.Evaluate(expression, &value))
	return value
}
