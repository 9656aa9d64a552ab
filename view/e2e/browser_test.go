package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/view"
)

// required is the environment variable that makes tests fail, not skip, without
// Chromium. screenshots is the one with a directory for screenshots, and picture the one with
// the file of the picture in the documentation.
const (
	required    = "CHROMIUM_REQUIRED"
	screenshots = "SCREENSHOTS"
	picture     = "PICTURE"
)

// patience bounds one step of a test.
const patience = 30 * time.Second

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv(required) != "" {
		t.Fatal("Chromium is missing, and " + required + " is set")
	}
	t.Skip("SKIPPED: Chromium is missing")
	return ""
}

// browser is a tab, with what it has complained about and asked for.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string // guarded by mu
	requests   []string // guarded by mu
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)),
		chromedp.NoSandbox,                          // CI runs as root in a container.
		chromedp.Flag("disable-audio-output", true), // The page plays, without output.
		chromedp.WSURLReadTimeout(time.Minute),
	)
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	b := &browser{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, b.listen)
	// The context of the first Run determines the lifetime of the browser.
	require.NoError(t, chromedp.Run(ctx, network.Enable(), log.Enable()))
	return b
}

func (b *browser) listen(e any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := e.(type) {
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, "console."+string(e.Type))
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, "exception: "+e.ExceptionDetails.Error())
	case *log.EventEntryAdded:
		b.complaints = append(b.complaints, "log: "+e.Entry.Text)
	case *cdppage.EventJavascriptDialogOpening:
		b.complaints = append(b.complaints, "dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

// open writes the page of a recording to a file and opens it, at a fragment.
func (b *browser) open(rec *recording.Recording, o *view.Options, fragment string) (file string) {
	b.t.Helper()
	file = filepath.Join(b.t.TempDir(), "call.html")
	f, err := os.Create(file)
	require.NoError(b.t, err)
	require.NoError(b.t, view.HTML(f, rec, o))
	require.NoError(b.t, f.Close())
	b.run(chromedp.Navigate("file://"+file+fragment), chromedp.WaitVisible(`body[data-ready]`, chromedp.ByQuery))
	return file
}

func (b *browser) run(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	err := chromedp.Run(ctx, actions...)
	if err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.t.Logf("the page complains: %q", b.complaints)
	}
	require.NoError(b.t, err)
}

// eval returns the value of an expression in the page; promises are awaited.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	var v T
	b.run(chromedp.Evaluate(expression, &v, func(p *runtime.EvaluateParams) *runtime.EvaluateParams {
		return p.WithAwaitPromise(true).WithReturnByValue(true)
	}))
	return v
}

// see waits until an expression is true.
func (b *browser) see(expression string) {
	b.t.Helper()
	b.run(chromedp.Poll(expression, nil))
}

// quiet checks that nothing was logged, and nothing asked for but the file itself.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	assert.Empty(b.t, b.complaints)
	others := slices.DeleteFunc(slices.Clone(b.requests), func(url string) bool {
		return strings.HasPrefix(url, "file://") && strings.HasSuffix(strings.Split(url, "#")[0], "/call.html")
	})
	assert.Empty(b.t, others)
}

// size sets the size of the window.
func (b *browser) size(width, height int64) {
	b.t.Helper()
	b.run(chromedp.EmulateViewport(width, height))
}

// scheme sets what the system prefers: "light" or "dark".
func (b *browser) scheme(name string) {
	b.t.Helper()
	feature := &emulation.MediaFeature{Name: "prefers-color-scheme", Value: name}
	b.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{feature}))
}

// shoot takes a screenshot of the window, or of the whole page, if they are enabled.
func (b *browser) shoot(name string, whole bool) {
	b.t.Helper()
	dir := os.Getenv(screenshots)
	if dir == "" {
		return
	}
	var png []byte
	if whole {
		b.run(chromedp.FullScreenshot(&png, 100))
	} else {
		b.run(chromedp.CaptureScreenshot(&png))
	}
	require.NoError(b.t, os.MkdirAll(dir, 0o755))
	require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}
