package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"

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
	pages := samples.Broken()
	pages["booking"] = samples.Booking()
	for name, rec := range pages {
		for width, pixels := range widths {
			b.size(pixels, 900)
			b.open(rec, &view.Options{Title: map[bool]string{true: "Skylark Travel, front desk"}[name == "booking"]}, "")
			assert.EqualValues(t, pixels, eval[int64](b, "document.documentElement.scrollWidth"), "%s %s", name, width)
			assert.Equal(t, len(rec.Lines)-len(sounds(rec)), eval[int](b, "document.querySelectorAll('.ev').length"), name)
			for _, scheme := range []string{"light", "dark"} {
				b.scheme(scheme)
				b.shoot(name+"-"+width+"-"+scheme, width != "wide")
			}
			b.scheme("light")
		}
	}
	b.quiet()
}

// sounds are the lines that have no row of their own.
func sounds(rec *recording.Recording) (all []recording.Body) {
	for _, l := range rec.Lines {
		if a, ok := l.Body.(*recording.Audio); ok {
			all = append(all, a)
		}
	}
	return all
}
