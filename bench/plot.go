package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

var colors = []string{"#0072b2", "#56b4e9", "#009e73", "#e69f00", "#cc79a7", "#d55e00", "#999999", "#6a3d9a"}

// plot draws the peers' multiples of the floor by the size of the audio, both on
// logarithmic scales.
func plot(all []measured) string {
	const width, height, left, right, top, bottom = 860, 460, 60, 300, 40, 50
	var sizes []measured
	for _, m := range all {
		if m.find(floor) != nil {
			sizes = append(sizes, m)
		}
	}
	highest := 2.0
	for _, m := range sizes {
		for i := range m.results {
			highest = max(highest, m.find(floor).times(&m.results[i]))
		}
	}
	x := func(i int) float64 {
		return left + float64(width-left-right)*float64(i)/float64(max(len(sizes)-1, 1))
	}
	y := func(v float64) float64 {
		return top + (height-top-bottom)*(1-math.Log(v)/math.Log(highest*1.2))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="22" font-size="15">Decoding an audio delta: multiples of one copy and one base64 decode</text>`+"\n", left)
	for _, tick := range []float64{1, 2, 5, 10, 20, 50, 100, 200} {
		if tick <= highest*1.2 {
			fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n",
				left, width-right, y(tick), y(tick), left-8, y(tick)+4, tick)
		}
	}
	for i, m := range sizes {
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%d KB</text>`+"\n", x(i), height-bottom+22, m.size/1024)
	}
	lines := 0
	for k := range sizes[0].results {
		name := sizes[0].results[k].peer
		if name == floor {
			continue
		}
		color := colors[lines%len(colors)]
		var points []string
		for i, m := range sizes {
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(i), y(m.find(floor).times(&m.results[k]))))
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), color)
		at := top + 14 + 22*lines
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="%s" stroke-width="3"/><text x="%d" y="%d">%s</text>`+"\n",
			width-right+16, width-right+36, at-4, at-4, color, width-right+42, at, html.EscapeString(name))
		lines++
	}
	b.WriteString("</svg>\n")
	return b.String()
}
