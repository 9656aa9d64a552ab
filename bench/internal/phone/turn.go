package phone

import (
	"errors"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// turn is what a window has shown.
type turn struct {
	perFrame time.Duration // processor time of a frame in both directions
	allocs   float64       // of a frame in both directions, marks included
	heard    float64       // share of the frames that were due
}

// perLine returns the share of a core that a line takes.
func (t turn) perLine() float64 { return float64(t.perFrame) / float64(frame) }

// late returns the share of frames that were due and not handled in the window.
func (t turn) late() float64 { return max(1-t.heard, 0) }

// turn compares two views of n lines.
func (v view) turn(to view, n int) (turn, error) {
	heard, played := to.lines.Heard-v.lines.Heard, to.lines.Played-v.lines.Played
	switch {
	case to.lines.Failed > 0 || to.far.Lines != n:
		return turn{}, fmt.Errorf("%d lines have failed, and %d of %d run: %s", to.lines.Failed, to.far.Lines, n, to.lines.Reason)
	case heard == 0 || to.far.Got == v.far.Got:
		return turn{}, errors.New("nothing was heard or played")
	case heard-played > heard/10 || played-heard > heard/10:
		return turn{}, fmt.Errorf("%d frames were heard, and %d played", heard, played)
	}
	due := float64(n) * float64(to.at.Sub(v.at)) / float64(frame)
	return turn{
		perFrame: (to.lines.CPU - v.lines.CPU) / time.Duration(heard),
		allocs:   float64(to.lines.Allocs-v.lines.Allocs) / float64(heard),
		heard:    float64(heard) / due,
	}, nil
}

// summed returns the median of each value.
func summed(turns []turn) turn {
	var perFrame, allocs, heard []float64
	for _, t := range turns {
		perFrame, allocs, heard = append(perFrame, float64(t.perFrame)), append(allocs, t.allocs), append(heard, t.heard)
	}
	return turn{time.Duration(stat.Quantile(perFrame, 0.5)), stat.Quantile(allocs, 0.5), stat.Quantile(heard, 0.5)}
}
