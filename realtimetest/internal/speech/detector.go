package speech

import (
	"time"

	"github.com/voicelane/realtime-go/audio"
)

const (
	// frameMS is the length of the frames that the detector judges.
	frameMS = 10
	// speechMS is the shortest sound that is speech. Shorter ones are clicks.
	speechMS = 50
)

// The levels at which the score of a frame is 0 and 1, in decibels relative to
// full scale (dBFS). The default threshold 0.5 is then at -40 dBFS: quieter than any
// voice into a microphone, louder than a room.
const (
	silentDB = -65.0
	loudDB   = -15.0
)

// detector finds speech by its energy. The same audio gives the same result
// however it is cut into appends and however fast it arrives.
type detector struct {
	format    audio.Format
	threshold float64
	silenceMS int // The length of the silence that ends speech.

	frames   audio.Framer
	position int // Milliseconds of complete frames.
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

// newDetector returns a detector for sound in a valid format.
func newDetector(f audio.Format) *detector {
	return &detector{format: f, frames: audio.Framer{Size: f.Bytes(frameMS * time.Millisecond)}}
}

// feed judges sound and returns the edges in it.
func (d *detector) feed(sound []byte) []Edge {
	var edges []Edge
	d.frames.Push(sound)
	for frame, ok := d.frames.Next(); ok; frame, ok = d.frames.Next() {
		edges = d.judge(edges, frame)
	}
	return edges
}

func (d *detector) judge(edges []Edge, frame []byte) []Edge {
	d.position += frameMS
	if d.score(frame) > d.threshold {
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
func (d *detector) score(frame []byte) float64 {
	return min(max((d.format.Level(frame)-silentDB)/(loudDB-silentDB), 0), 1)
}
