package server

import (
	"errors"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/frames"
)

// The audio of a frame: 100 ms, ten times a second.
const (
	Interval = 100 * time.Millisecond
	Sound    = 4800
)

// Pace is how often and how much audio is sent. Its zero value is 100 ms of PCM16.
type Pace struct {
	Every time.Duration `json:"every"`
	Sound int           `json:"sound"` // bytes of a frame
	// Stamp writes the time into each frame before it is sent.
	Stamp bool `json:"stamp"`
}

// Telephone is the pace of a telephone call: 20 ms of G.711 at a time.
var Telephone = Pace{Every: 20 * time.Millisecond, Sound: 160}

// Or returns the pace, with the values of the default where there are none.
func (p Pace) Or() Pace {
	if p.Every == 0 {
		p.Every = Interval
	}
	if p.Sound == 0 {
		p.Sound = Sound
	}
	return p
}

// Spread returns when the first frame of session i of n is due, so that those of all are
// evenly spread.
func (p Pace) Spread(begin time.Time, i, n int) time.Time {
	return begin.Add(p.Every * time.Duration(i) / time.Duration(n))
}

var errNoBuffer = errors.New("server: no buffer")

// deltas are the prepared frames of a size of audio.
type deltas struct {
	frames [][]byte
	text   int // where the base64 of the audio begins
	copies sync.Pool
}

func newDeltas(sound int) *deltas {
	d := &deltas{frames: frames.Deltas(sound, 64)}
	d.text = frames.AudioAt(d.frames[0])
	d.copies.New = func() any {
		b := make([]byte, len(d.frames[0]))
		return &b
	}
	return d
}

// send calls write with frame i.
func (d *deltas) send(i int, stamp bool, write func([]byte) (int, error)) error {
	frame := d.frames[i%len(d.frames)]
	if !stamp {
		_, err := write(frame)
		return err
	}
	buf, ok := d.copies.Get().(*[]byte)
	if !ok {
		return errNoBuffer
	}
	defer d.copies.Put(buf)
	copy(*buf, frame)
	frames.StampText((*buf)[d.text:], nowMonotonic())
	_, err := write(*buf)
	return err
}
