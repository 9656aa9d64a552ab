package view

import (
	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/view/internal/sound"
)

// levelSpan is the time that one level of a waveform stands for: 10 ms, and more for calls
// of over twenty minutes, so that a waveform has 120,000 levels at most.
func (b *builder) levelSpan() recording.Micros {
	return max(10*recording.Millisecond, b.length/120_000)
}

// flat is the level of speech whose sound was not kept.
const flat = 110

// format returns the format of sound, an invalid one if this package does not know it.
func format(a *recording.Audio) audio.Format {
	switch a.Codec {
	case "pcmu":
		return audio.ULaw
	case "pcma":
		return audio.ALaw
	case "pcm16":
		return audio.PCM(a.Rate)
	default:
		return 0
	}
}

// stream converts the sound of a source from one piece of the recording to the next.
type stream struct {
	convert *audio.Converter
	format  audio.Format
	next    recording.Micros // the place in the sound that follows without a hole
	piece   int
}

// hole is the difference of two places from which on sound is not continuous.
const hole = 20 * recording.Millisecond

func (s *stream) continues(a *recording.Audio, f audio.Format) bool {
	return s != nil && s.format == f && a.Pos-s.next < hole && s.next-a.Pos < hole
}

// decodeSound reads all sound of the recording at the rate of the page.
func (b *builder) decodeSound() {
	streams := map[source]*stream{}
	var order []*stream
	for x := range b.rec.Sounds() {
		data, err := b.rec.Bytes(&x.Audio)
		f := format(&x.Audio)
		if err != nil || !f.Valid() {
			b.missing = true
			continue
		}
		from := source{track: x.Track, item: x.Item, content: x.Content}
		if x.Track == recording.Sent {
			from.conn = x.Conn
		}
		s := streams[from]
		if !s.continues(&x.Audio, f) {
			s = &stream{convert: audio.NewConverter(f, audio.PCM8k), format: f, piece: len(b.pieces)}
			streams[from] = s
			order = append(order, s)
			b.pieces = append(b.pieces, piece{source: from, begin: x.Begin, pos: x.Pos})
		}
		b.add(s, s.convert.Append(nil, data))
		s.next = x.Pos + recording.MicrosOf(f.Duration(len(data)))
	}
	for _, s := range order {
		b.add(s, s.convert.AppendRest(nil))
	}
	b.place()
}

func (b *builder) add(s *stream, pcm []byte) {
	p := &b.pieces[s.piece]
	p.samples = audio.PCM8k.AppendSamples(p.samples, pcm)
}

// place puts the sound on the clock of the recording: that of the caller when it was sent,
// that of the agent when it was heard.
func (b *builder) place() {
	for i := range b.pieces {
		p := &b.pieces[i]
		if p.track == recording.Sent {
			b.clips = append(b.clips, sound.Clip{Track: sound.Caller, At: p.begin.Duration(), Samples: p.samples})
			continue
		}
		it := b.item(p)
		if it == nil {
			continue
		}
		for _, s := range it.Heard {
			from, to := max(s.From, p.pos), min(s.To, p.pos+lengthOf(p.samples))
			if from < to {
				b.clips = append(b.clips, sound.Clip{Track: sound.Agent, At: (s.Begin + from - s.From).Duration(), Samples: cutOut(p, from, to)})
			}
		}
	}
}

// cutOut returns the samples between two places of the sound that a piece is of.
func cutOut(p *piece, from, to recording.Micros) []int16 {
	first := sound.Samples((from - p.pos).Duration())
	last := min(sound.Samples((to - p.pos).Duration()), len(p.samples))
	return p.samples[min(first, last):last]
}

func lengthOf(samples []int16) recording.Micros { return recording.MicrosOf(sound.Len(len(samples))) }

// levels are the waveforms. Speech whose sound was not kept is drawn flat.
func (b *builder) levels() map[string][]byte {
	silence := func() *sound.Levels {
		return sound.NewLevels(b.length.Duration(), b.levelSpan().Duration())
	}
	caller, made, heard := silence(), silence(), silence()
	for _, c := range b.clips {
		to := caller
		if c.Track == sound.Agent {
			to = heard
		}
		to.Draw(c.At, c.At+sound.Len(len(c.Samples)), c.Samples)
	}
	for i := range b.pieces {
		p := &b.pieces[i]
		if it := b.item(p); it != nil && p.track == recording.Made {
			from, to := arrived(it, p.pos), arrived(it, p.pos+lengthOf(p.samples))
			made.Draw(from.Duration(), to.Duration(), p.samples)
		}
	}
	if b.hasSound(recording.Sent) {
		caller.Stretch()
	} else {
		for i := range b.tl.Speech {
			s := &b.tl.Speech[i]
			caller.Fill(s.Begin.Duration(), s.End.Duration(), flat)
		}
	}
	if b.hasSound(recording.Made) {
		heard.Stretch()
		made.Stretch()
	} else {
		for i := range b.tl.Items {
			it := &b.tl.Items[i]
			made.Fill(it.Begin.Duration(), max(it.End, it.Begin+4*b.levelSpan()).Duration(), flat)
			for _, s := range it.Heard {
				heard.Fill(s.Begin.Duration(), s.End().Duration(), flat)
			}
		}
	}
	return map[string][]byte{"caller": caller.At, "made": made.At, "heard": heard.At}
}
