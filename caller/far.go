package caller

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/voice"
)

// Far is the far end of a line: the caller's telephone. A *[voice.SimLine] is one, and
// package carriers makes those of simulated carriers. Methods may be called from any
// goroutine, Hear from one at a time. A Far that is an [io.Closer] is closed after the call.
type Far interface {
	// Formats returns the format of Speak and the format of what Hear returns.
	Formats() (speaks, hears audio.Format)
	// Speak says a sound, and returns when it was sent, which takes as long as the sound.
	// The line sends silence by itself.
	Speak(ctx context.Context, sound []byte) error
	// Press presses keys, one after another.
	Press(keys string)
	// Leave hangs up.
	Leave()
	// Ended returns a channel that is closed when either side has hung up.
	Ended() <-chan struct{}
	// Hear waits for the next sound that came out of the telephone, some 20 ms, and returns
	// it with the time at which its first sample sounded. It returns [io.EOF] after the end
	// of the line. Time in which nothing is played is not returned, and sound that follows
	// without a gap begins where the sound before it ended.
	Hear(ctx context.Context) (sound []byte, at time.Time, err error)
}

var _ Far = (*voice.SimLine)(nil)

// carriers are the simulated lines by name.
var carriers = map[string]func() (voice.Line, Far){
	"pcm":      simulated(audio.PCM24k, 0, voice.ClearReturnsMarks),
	"wideband": simulated(audio.PCM16k, 20*time.Millisecond, voice.ClearIgnoresMarks),
	"twilio":   simulated(audio.ULaw, 60*time.Millisecond, voice.ClearReturnsMarks),
	"telnyx":   simulated(audio.ULaw, 60*time.Millisecond, voice.ClearReturnsMarks),
	"plivo":    simulated(audio.ULaw, 60*time.Millisecond, voice.ClearDropsMarks),
	"asterisk": simulated(audio.ALaw, 20*time.Millisecond, voice.ClearDropsMarks),
	"unmarked": unmarked,
}

// Carriers returns the names of the lines that are simulated without a carrier's protocol:
// they differ in format, in the time that a mark takes and in what a clear does to marks.
// "unmarked" has no marks, so that what was heard is estimated by the clock.
func Carriers() []string { return slices.Sorted(maps.Keys(carriers)) }

func simulated(f audio.Format, marks time.Duration, clears voice.ClearBehaviour) func() (voice.Line, Far) {
	return func() (voice.Line, Far) {
		l := voice.NewSimLine(f, f)
		l.MarkDelay, l.OnClear = marks, clears
		return l, l
	}
}

func unmarked() (voice.Line, Far) {
	l := voice.NewSimLine(audio.PCM24k, audio.PCM24k)
	return struct {
		voice.Line
		voice.Hanger
	}{l, l}, l
}

// line returns the line of a carrier and its far end.
func (c *Carrier) line() (voice.Line, Far, error) {
	name := c.Name
	if name == "" {
		name = "pcm"
	}
	dial, ok := carriers[name]
	if !ok {
		return nil, nil, fmt.Errorf("caller: there is no carrier %q; there are: %s; others need Options.Line", name, strings.Join(Carriers(), ", "))
	}
	l, far := dial()
	return l, far, nil
}

// lossy is a far end whose frames get lost, the same ones each time.
type lossy struct {
	Far

	share    float64
	up, down *rand.Rand
	toSay    audio.Format
	toHear   audio.Format
}

func newLossy(f Far, share float64) Far {
	if share <= 0 {
		return f
	}
	says, hears := f.Formats()
	//nolint:gosec // Losses are no secret.
	return &lossy{Far: f, share: share, up: rand.New(rand.NewPCG(1, 1)), down: rand.New(rand.NewPCG(2, 2)), toSay: says, toHear: hears}
}

// Speak says a sound without the frames that get lost.
func (l *lossy) Speak(ctx context.Context, sound []byte) error {
	return l.Far.Speak(ctx, lose(sound, l.toSay, l.share, l.up))
}

// Hear returns silence for a frame that got lost.
func (l *lossy) Hear(ctx context.Context) ([]byte, time.Time, error) {
	sound, at, err := l.Far.Hear(ctx)
	return lose(sound, l.toHear, l.share, l.down), at, err
}

// lose replaces a share of the frames by silence.
func lose(sound []byte, f audio.Format, share float64, rng *rand.Rand) []byte {
	kept := make([]byte, 0, len(sound))
	for frame := range slices.Chunk(sound, f.Bytes(frameTime)) {
		if rng.Float64() < share {
			kept = append(kept, f.AppendSilence(nil, f.Duration(len(frame)))...)
		} else {
			kept = append(kept, frame...)
		}
	}
	return kept
}

const frameTime = 20 * time.Millisecond

// audible reports whether a sound is more than the noise of a line.
func audible(sound []byte, f audio.Format) bool {
	const quietest = -50 // dBFS
	level := f.Level(sound)
	return !math.IsInf(level, -1) && level > quietest
}
