package main

import (
	"flag"
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
)

var update = flag.Bool("update", false, "rewrite docs/demo.svg")

// TestPicture draws the demo's WAV with what was said, and compares it with the picture of
// the README, which make demo-picture rewrites.
func TestPicture(t *testing.T) {
	t.Parallel()
	const file = "../../docs/demo.svg"
	var drawn string
	synctest.Test(t, func(t *testing.T) {
		log, wav, err := converse(t.Context(), t, nil)
		require.NoError(t, err)
		drawn = draw(t, log, readWAV(t, wav, 1), readWAV(t, wav, 2))
	})
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(drawn), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), drawn, "the picture is stale: run make demo-picture")
}

// The picture, in pixels.
const (
	width, height = 960, 262
	left, right   = 64, 944
	userY, modelY = 82, 168 // The middle of a row.
	loud          = 34      // Of the loudest sound, up and down.
	step          = 3       // From one bar to the next.
)

// picture places times on a row of pixels.
type picture struct {
	strings.Builder
	perSecond float64
}

func (p *picture) x(d time.Duration) float64 { return left + d.Seconds()*p.perSecond }

// draw returns the picture of a conversation with one interruption.
func draw(t *testing.T, log string, user, model []byte) string {
	t.Helper()
	p := &picture{perSecond: (right - left) / audio.PCM24k.Duration(len(user)).Seconds()}
	asked, answered := stretches(user), stretches(model)
	require.Len(t, asked, 2)
	require.Len(t, answered, 2)
	said := quoted(log, "you:")
	require.Equal(t, []string{questionText, interruptionText}, said)
	answers, unheard := quoted(log, "model:"), quoted(log, "not heard:")
	require.Len(t, answers, 2)
	require.Len(t, unheard, 1)

	p.WriteString(head)
	for s := range int(audio.PCM24k.Duration(len(user)).Seconds()) + 1 {
		x := p.x(time.Duration(s) * time.Second)
		fmt.Fprintf(p, "<path class=\"grid\" d=\"M%.0f 40V212\"/><text class=\"soft\" x=\"%.0f\" y=\"256\" text-anchor=\"middle\">%d s</text>\n", x, x, s)
	}
	fmt.Fprintf(p, "<text x=\"10\" y=\"%d\" class=\"user\">user</text><text x=\"10\" y=\"%d\" class=\"model\">model</text>\n", userY+5, modelY+5)
	p.bars("user", userY, user)
	p.bars("model", modelY, model)
	for i := range asked {
		p.text("user", asked[i].from, 32, said[i])
		p.text("model", answered[i].from, 224, answers[i])
		p.wait(asked[i].to, answered[i].from)
	}
	p.text("unheard", answered[0].from, 241, unheard[0])
	p.cut(asked[1].from, answered[0].to)
	p.WriteString("</svg>\n")
	return p.String()
}

const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 262" font-family="system-ui, sans-serif" font-size="14">
<title>The user asks, the model answers, the user interrupts, and the answer is cut</title>
<style>
.user{fill:#0969da}.model{fill:#8250df}path.user{stroke:#0969da}path.model{stroke:#8250df}
path{stroke-width:2;fill:none}.grid{stroke:#d0d7de;stroke-width:1}.soft{fill:#59636e;font-size:12px}
.unheard{fill:#59636e;text-decoration:line-through}.cut{fill:#cf222e}path.cut{stroke:#cf222e;stroke-dasharray:4 3}path.wait{stroke:#59636e;stroke-width:1}
@media (prefers-color-scheme:dark){.user{fill:#58a6ff}.model{fill:#bc8cff}path.user{stroke:#58a6ff}path.model{stroke:#bc8cff}
.grid{stroke:#30363d}.soft,.unheard{fill:#9198a1}.cut{fill:#ff7b72}path.cut{stroke:#ff7b72}path.wait{stroke:#9198a1}}
path{fill:none}
</style>
`

// bars draws the loudest sample of each step.
func (p *picture) bars(class string, y int, sound []byte) {
	samples := audio.PCM24k.AppendSamples(nil, sound)
	each := max(int(float64(audio.PCM24k.Rate())*step/p.perSecond), 1)
	fmt.Fprintf(p, "<path class=\"%s\" d=\"", class)
	for i := 0; i*each < len(samples); i++ {
		peak := 0
		for _, s := range samples[i*each : min((i+1)*each, len(samples))] {
			peak = max(peak, int(s), -int(s))
		}
		half := max(peak*loud/(1<<15)*2, 1)
		half = min(half, loud)
		fmt.Fprintf(p, "M%d %dv%d", left+i*step, y-half, 2*half)
	}
	p.WriteString("\"/>\n")
}

func (p *picture) text(class string, at time.Duration, y int, text string) {
	const perRune = 7.5 // At most, in the fonts of browsers.
	x, anchor := p.x(at), "start"
	if x+float64(len(text))*perRune > width {
		x, anchor = right, "end"
	}
	fmt.Fprintf(p, "<text class=\"%s\" x=\"%.0f\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", class, x, y, anchor, html.EscapeString(text))
}

// wait draws how long the user waited for an answer.
func (p *picture) wait(from, to time.Duration) {
	const y = (userY + modelY) / 2
	fmt.Fprintf(p, "<path class=\"wait\" d=\"M%.0f %dv8m0 -4H%.0fm0 -4v8\"/><text class=\"soft\" x=\"%.0f\" y=\"%d\" text-anchor=\"middle\">%.2f s</text>\n",
		p.x(from), y-4, p.x(to), p.x((from+to)/2), y-6, (to - from).Seconds())
}

// cut draws where the interruption ended the answer.
func (p *picture) cut(spoke, silent time.Duration) {
	fmt.Fprintf(p, "<path class=\"cut\" d=\"M%.0f 40V212\"/><text class=\"cut\" x=\"%.0f\" y=\"%d\">cut after %d ms</text>\n",
		p.x(silent), p.x(silent)+8, modelY-8, (silent - spoke).Milliseconds())
}

// stretch is a part of a channel with sound.
type stretch struct{ from, to time.Duration }

// stretches returns the parts of a channel that half a second of silence divides.
func stretches(sound []byte) []stretch {
	var found []stretch
	last := -1
	for i, s := range audio.PCM24k.AppendSamples(nil, sound) {
		if s == 0 {
			continue
		}
		at := time.Duration(i) * time.Second / time.Duration(audio.PCM24k.Rate())
		if last < 0 || i-last > audio.PCM24k.Rate()/2 {
			found = append(found, stretch{from: at})
		}
		found[len(found)-1].to, last = at, i
	}
	return found
}

// quoted returns the texts that the summary has after a name.
func quoted(log, name string) []string {
	var texts []string
	for _, m := range regexp.MustCompile(`(?m)\s\s`+name+` +"(.*)"$`).FindAllStringSubmatch(log, -1) {
		texts = append(texts, m[1])
	}
	return texts
}
