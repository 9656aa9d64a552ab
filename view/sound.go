package view

import (
	"fmt"

	"github.com/voicelane/realtime-go/view/internal/sound"
)

var tracks = map[sound.Track]string{sound.Caller: "caller", sound.Agent: "agent"}

// noSound says why a page has no sound.
func (b *builder) noSound() string {
	switch {
	case len(b.clips) == 0 && b.missing:
		return "Sound: missing."
	case len(b.clips) == 0:
		return "Sound: not kept."
	case b.o.NoSound:
		return "Sound: left out."
	default:
		return "Sound: left out, as the page would be too large."
	}
}

// addSound sets the sound of a page, in about limit bytes at most, or removes it.
func (b *builder) addSound(p *page, limit int) error {
	var s sound.Packed
	if !b.o.NoSound {
		var err error
		if s, err = sound.Pack(b.clips, limit/4*3); err != nil { // Base64 takes four bytes for three.
			return err
		}
	}
	p.Sound, p.SoundNote, b.data.Sound = "", b.noSound(), nil
	if len(s.Parts) > 0 {
		p.Sound, p.SoundNote, b.data.Sound = inBase64(s.Data), soundNote(s), index(s)
	}
	var err error
	p.Data, err = packed(b.data)
	return err
}

func soundNote(s sound.Packed) string {
	kind := "both sides"
	if s.Mixed {
		kind = "both sides mixed"
	}
	return fmt.Sprintf("Sound: %s, 8 kHz, %d bits.", kind, s.Bits)
}

func index(s sound.Packed) *soundIndex {
	all := &soundIndex{Rate: sound.Rate, Bits: s.Bits, Mixed: s.Mixed, Steps: sound.Steps(), Moves: sound.Moves(s.Bits)}
	for _, part := range s.Parts {
		all.Parts = append(all.Parts, [4]any{tracks[part.Track], part.At.Microseconds(), part.Samples, part.Bytes})
	}
	return all
}
