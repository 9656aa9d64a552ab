package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/view"
	"github.com/voicelane/realtime-go/view/internal/samples"
)

// widths are those of a desk, a tablet and a telephone.
var widths = map[string]int64{"wide": 1440, "middle": 768, "narrow": 390}

// A page opens without a word on the console and without a request, and is no wider than
// the window. With SCREENSHOTS set, it leaves pictures to look at.
func TestPagesOpenAtEveryWidth(t *testing.T) {
	b := newBrowser(t)
	pages := recorded(t)
	pages["booking"] = samples.Booking()
	for name, rec := range pages {
		for width, pixels := range widths {
			b.size(pixels, 900)
			b.open(rec, &view.Options{Title: map[bool]string{true: "Skylark Travel, front desk"}[name == "booking"]}, "")
			assert.EqualValues(t, pixels, eval[int64](b, "document.documentElement.scrollWidth"), "%s %s", name, width)
			assert.Positive(t, eval[int](b, "document.querySelectorAll('.ev').length"), name)
			for _, scheme := range []string{"light", "dark"} {
				b.scheme(scheme)
				b.shoot(name+"-"+width+"-"+scheme, false)
			}
			b.scheme("light")
			b.run(chromedp.Click(".find", chromedp.ByQuery), chromedp.ScrollIntoView("footer", chromedp.ByQuery))
			b.shoot(name+"-"+width+"-end", false)
		}
	}
	b.quiet()
}

// With PICTURE set, the picture of the documentation is written there.
func TestPicture(t *testing.T) {
	file := os.Getenv(picture)
	if file == "" {
		t.Skip("SKIPPED: " + picture + " is not set")
	}
	b := newBrowser(t)
	b.scheme("light")
	b.open(samples.Booking(), &view.Options{Title: "Skylark Travel, front desk"}, "")
	var png []byte
	b.run(chromedp.EmulateViewport(1440, 900, chromedp.EmulateScale(1000.0/1440)), chromedp.CaptureScreenshot(&png))
	require.NoError(t, os.WriteFile(file, png, 0o644))
}

// recorded are calls that went wrong, as package tap has recorded them.
func recorded(t *testing.T) map[string]*recording.Recording {
	t.Helper()
	files, err := filepath.Glob("../../recording/testdata/*.jsonl")
	require.NoError(t, err)
	require.Len(t, files, 5)
	all := map[string]*recording.Recording{}
	for _, file := range files {
		rec, err := recording.Open(file)
		require.NoError(t, err)
		all[strings.TrimSuffix(filepath.Base(file), ".jsonl")] = rec
	}
	return all
}
