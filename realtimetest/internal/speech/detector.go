package speech

import (
	"math"

	"github.com/voicelane/realtime-go/internal/audio"
)

const (
	// frameMS is the length of the frames that the detector judges.
	frameMS = 10
	// speechMS is the shortest sound that is speech. Shorter ones are clicks.
	speechMS = 50
)

// The levels at which the score of a frame is 0 and 1, in decibels relative to
// full scale. The default threshold 0.5 is then at -40 dB: quieter than any
// voice into a microphone, louder than a room.
const (
	silentDB = -65.0
	loudDB   = -15.0
)

// detector finds speech by its energy. The same audio gives the same result
// however it is cut into appends and however fast it arrives.
type detector struct {
	rate      int
	threshold float64
	silenceMS int // The length of the silence that ends speech.

	partial  []int16 // The samples of an incomplete frame.
	position int     // Milliseconds of complete frames.
	speaking bool
	loudMS   int // Length of the sound that ends at position.
	quietMS  int // Length of the silence that ends at position.
}

// Edge is a change between speech and silence.
type Edge struct {
	// Started reports whether speech starts. Otherwise it ends.
	Started bool
	// At is the beginning of the speech, or the end of the silence that ends it,
	// in milliseconds of the stream.
	At int
}

// feed judges samples and returns the edges in them.
func (d *detector) feed(samples []int16) []Edge {
	var edges []Edge
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

func (d *detector) judge(edges []Edge, frame []int16) []Edge {
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
		return append(edges, Edge{Started: true, At: d.position - d.loudMS})
	case d.speaking && d.quietMS >= d.silenceMS:
		d.speaking = false
		return append(edges, Edge{At: d.position})
	}
	return edges
}

// reset ends any speech without an edge. The position stays.
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
