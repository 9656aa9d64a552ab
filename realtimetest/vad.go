package realtimetest

import (
	"math"

	"github.com/voicelane/realtime-go/internal/audio"
)

// The detector judges frames of this length.
const frameMS = 10

// speechMS is how long a sound must last to be speech rather than a click.
const speechMS = 50

// The levels at which the score of a frame is 0 and 1, in decibels relative to
// full scale. The default threshold 0.5 is then at -40 dB: quieter than any
// voice into a microphone, louder than a room.
const (
	silentDB = -65.0
	loudDB   = -15.0
)

// detector finds speech by its energy. It is deterministic: the same audio
// gives the same result however it is cut into appends, and whatever the clock
// says.
type detector struct {
	rate      int
	threshold float64
	silenceMS int // How long it must be quiet before speech has ended.

	partial  []int16 // The samples of a frame that is not whole yet.
	position int     // Milliseconds of whole frames judged.
	speaking bool
	loudMS   int // Length of the sound that ends here.
	quietMS  int // Length of the quiet that ends here.
}

// edge is a change between speech and silence. For a start, at is where the
// sound began; for an end, where silence had lasted long enough.
type edge struct {
	started bool
	at      int // Milliseconds of the audio given to the detector.
}

// feed judges samples and returns the edges in them.
func (d *detector) feed(samples []int16) []edge {
	var edges []edge
	size := max(d.rate*frameMS/1000, 1)
	if len(d.partial) > 0 {
		n := min(size-len(d.partial), len(samples))
		d.partial = append(d.partial, samples[:n]...)
		samples = samples[n:]
		if len(d.partial) < size {
			return nil
		}
		edges = d.judge(edges, d.partial)
		d.partial = d.partial[:0]
	}
	for ; len(samples) >= size; samples = samples[size:] {
		edges = d.judge(edges, samples[:size])
	}
	d.partial = append(d.partial, samples...)
	return edges
}

func (d *detector) judge(edges []edge, frame []int16) []edge {
	d.position += frameMS
	if score(frame) > d.threshold {
		d.loudMS += frameMS
		d.quietMS = 0
	} else {
		d.quietMS += frameMS
		d.loudMS = 0
	}
	switch {
	case !d.speaking && d.loudMS >= speechMS:
		d.speaking = true
		return append(edges, edge{started: true, at: d.position - d.loudMS})
	case d.speaking && d.quietMS >= d.silenceMS:
		d.speaking = false
		return append(edges, edge{at: d.position})
	}
	return edges
}

// reset forgets what was heard, not how much.
func (d *detector) reset() {
	d.speaking, d.loudMS, d.quietMS = false, 0, 0
}

// score maps the level of a frame to the scale of the threshold, 0 to 1.
func score(frame []int16) float64 {
	level := audio.Level(frame)
	if level == 0 {
		return 0
	}
	return min(max((20*math.Log10(level)-silentDB)/(loudDB-silentDB), 0), 1)
}
