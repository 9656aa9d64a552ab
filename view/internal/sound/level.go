package sound

import "time"

// What counts as silence: frames whose root mean square is below quiet, for at least
// pause. Sound keeps lead before and after it, so that it does not begin with a click.
const (
	frame = Rate / 100 // 10 ms
	quiet = 104        // -50 dBFS
	pause = 30         // frames: 300 ms
	lead  = 3          // frames
)

// loud reports whether a frame is not silence.
func loud(samples []int16) bool {
	sum := int64(0)
	for _, s := range samples {
		sum += int64(s) * int64(s)
	}
	return sum >= int64(len(samples))*quiet*quiet
}

// trim cuts the pauses out of the clips.
func trim(clips []Clip) []Clip {
	var out []Clip
	for _, c := range clips {
		begin, end := -1, 0 // frames of the sound so far, without what follows it
		n := (len(c.Samples) + frame - 1) / frame
		flush := func() {
			if begin < 0 {
				return
			}
			from, to := max(0, begin-lead)*frame, min(len(c.Samples), (end+lead)*frame)
			out = append(out, Clip{c.Track, c.At + Len(from), c.Samples[from:to]})
		}
		for i := range n {
			if !loud(c.Samples[i*frame : min(len(c.Samples), (i+1)*frame)]) {
				continue
			}
			if begin < 0 || i-end >= pause {
				flush()
				begin = i
			}
			end = i + 1
		}
		flush()
	}
	return out
}

// Levels are the peaks of sound over time, one byte for each span of equal length, as a
// waveform is drawn from them.
type Levels struct {
	Span time.Duration
	At   []byte
}

// NewLevels returns silence of a length.
func NewLevels(length, span time.Duration) *Levels {
	return &Levels{Span: span, At: make([]byte, int((length+span-1)/span))}
}

// Draw raises the levels between two times to those of samples that sound in that time:
// faster or slower than Rate, if the times say so.
func (l *Levels) Draw(from, to time.Duration, samples []int16) {
	if to <= from || len(samples) == 0 {
		return
	}
	per := float64(to-from) / float64(len(samples))
	for i, s := range samples {
		level := int32(s)
		if level < 0 {
			level = -level
		}
		l.raise(int((from+time.Duration(float64(i)*per))/l.Span), byte(min(level>>7, 255))) //nolint:gosec // Bounded
	}
}

// Fill raises the levels between two times to a fixed one.
func (l *Levels) Fill(from, to time.Duration, level byte) {
	for i := int(max(from, 0) / l.Span); i < len(l.At) && time.Duration(i)*l.Span < to; i++ {
		l.raise(i, level)
	}
}

func (l *Levels) raise(i int, level byte) {
	if i >= 0 && i < len(l.At) && l.At[i] < level {
		l.At[i] = level
	}
}

// Stretch scales the levels so that loud speech fills the height, by a factor of 6 at
// most, and returns the factor.
func (l *Levels) Stretch() float64 {
	var count [256]int
	voiced := 0
	for _, v := range l.At {
		if v > 2 {
			count[v]++
			voiced++
		}
	}
	top, seen := 255, 0
	for ; top > 2; top-- {
		if seen += count[top]; seen*100 > voiced {
			break
		}
	}
	factor := min(6, 240/float64(top))
	l.Scale(factor)
	return factor
}

// Scale multiplies all levels by a factor.
func (l *Levels) Scale(factor float64) {
	for i, v := range l.At {
		l.At[i] = byte(min(255, float64(v)*factor))
	}
}
