package report

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Chart is a line chart over a few sizes, with a logarithmic scale.
type Chart struct {
	File, Title string
	Sizes       []string // evenly spaced, from left to right
	Lines       []Line
}

// Line has one peer's values, one for each size; NaN if there is none.
type Line struct {
	Name   string
	Values []float64
}

const (
	width, height = 960, 460
	left, right   = 60, 400
	top, bottom   = 40, 50
)

var colors = []string{"#0072b2", "#56b4e9", "#009e73", "#e69f00", "#cc79a7", "#d55e00", "#999999", "#6a3d9a", "#b15928", "#000000", "#b2df8a"}

// SVG returns the chart as an SVG document.
func (c *Chart) SVG() string {
	low, high := c.bounds()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="22" font-size="15">%s</text>`+"\n", left, html.EscapeString(c.Title))
	y := func(v float64) float64 {
		return top + (height-top-bottom)*(1-math.Log(v/low)/math.Log(high/low))
	}
	for _, tick := range ticks(low, high) {
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n",
			left, width-right, y(tick), y(tick), left-8, y(tick)+4, tick)
	}
	for i, size := range c.Sizes {
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", c.x(i), height-bottom+22, html.EscapeString(size))
	}
	for i, line := range c.Lines {
		c.line(&b, i, line, y)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (c *Chart) x(i int) float64 {
	return left + float64(width-left-right)*float64(i)/float64(max(len(c.Sizes)-1, 1))
}

// line writes a line and its entry in the legend.
func (c *Chart) line(b *strings.Builder, i int, line Line, y func(float64) float64) {
	color := colors[i%len(colors)]
	var points []string
	for k, v := range line.Values {
		if !math.IsNaN(v) {
			points = append(points, fmt.Sprintf("%.1f,%.1f", c.x(k), y(v)))
		}
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), color)
	for _, p := range points {
		x, y, _ := strings.Cut(p, ",")
		fmt.Fprintf(b, `<circle cx="%s" cy="%s" r="3" fill="%s"/>`+"\n", x, y, color)
	}
	at := top + 14 + 22*i
	fmt.Fprintf(b, `<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="%s" stroke-width="3"/><text x="%d" y="%d">%s</text>`+"\n",
		width-right+16, width-right+36, at-4, at-4, color, width-right+42, at, html.EscapeString(line.Name))
}

// bounds returns the lowest and the highest value of the scale.
func (c *Chart) bounds() (low, high float64) {
	low, high = math.Inf(1), 0
	for _, line := range c.Lines {
		for _, v := range line.Values {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if high == 0 {
		return 1, 10
	}
	return low / 1.2, high * 1.2
}

// ticks returns the round numbers in a range.
func ticks(low, high float64) []float64 {
	var out []float64
	for base := math.Pow(10, math.Floor(math.Log10(low))); base <= high; base *= 10 {
		for _, step := range []float64{1, 2, 5} {
			if v := base * step; v >= low && v <= high {
				out = append(out, v)
			}
		}
	}
	return out
}
