package voice

import (
	"fmt"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
)

// Formats are the formats of a session's audio.
type Formats struct {
	In, Out audio.Format
}

// SessionFormats returns the formats that a session needs for a line: for each direction
// the line's own where the Realtime API has it (G.711, and PCM at 24 kHz), so that
// nothing is converted, and otherwise PCM at 24 kHz.
func SessionFormats(l Line) Formats {
	in, out := l.Formats()
	return Formats{In: spoken(in), Out: spoken(out)}
}

func spoken(f audio.Format) audio.Format {
	if f == audio.ULaw || f == audio.ALaw {
		return f
	}
	return audio.PCM24k
}

// Audio returns the settings that give a session the formats, for session.update.
func (f Formats) Audio() *api.SessionAudio {
	return &api.SessionAudio{
		Input:  &api.AudioInput{Format: apiFormat(f.In)},
		Output: &api.AudioOutput{Format: apiFormat(f.Out)},
	}
}

// config returns the change of a session's settings.
func (f Formats) config() *api.RealtimeSessionConfig {
	return &api.RealtimeSessionConfig{Audio: f.Audio()}
}

func apiFormat(f audio.Format) api.AudioFormat {
	switch f {
	case audio.ULaw:
		return &api.AudioPCMU{}
	case audio.ALaw:
		return &api.AudioPCMA{}
	default:
		return &api.AudioPCM{}
	}
}

// formatOf returns the format of the Realtime API's audio; the zero Format if there is
// none.
func formatOf(f api.AudioFormat) audio.Format {
	switch f.(type) {
	case *api.AudioPCM:
		return audio.PCM24k
	case *api.AudioPCMU:
		return audio.ULaw
	case *api.AudioPCMA:
		return audio.ALaw
	default:
		return 0
	}
}

// isPCM reports whether f is PCM. Servers call it by one name, whatever its rate.
func isPCM(f audio.Format) bool { return f.SampleSize() == audio.PCM24k.SampleSize() }

// agree returns an error if a session describes other formats for the sound of the user.
// What the model says is converted, since each response tells its format.
func (f Formats) agree(s api.Session) error {
	r, ok := s.(*api.RealtimeSession)
	if !ok || r.Audio == nil || r.Audio.Input == nil {
		return nil
	}
	in := formatOf(r.Audio.Input.Format)
	if rates := in == audio.PCM24k && isPCM(f.In); in.Valid() && in != f.In && !rates {
		return fmt.Errorf("voice: BridgeOptions.Formats has %v for the user's sound, and the session %v: give it Formats.Audio, or leave the option nil", f.In, in)
	}
	return nil
}

// check returns an error if the session or the line cannot have the formats.
func (f Formats) check(l Line) error {
	for _, x := range []audio.Format{f.In, f.Out} {
		if x != spoken(x) && (x != f.In || !isPCM(x)) {
			return fmt.Errorf("voice: a session has no format %v: use PCM24k, ULaw or ALaw, or leave BridgeOptions.Formats nil", x)
		}
	}
	in, out := l.Formats()
	for _, x := range []audio.Format{in, out} {
		if !x.Valid() {
			return errInvalidFormat
		}
	}
	return nil
}

// converter returns nil if the formats are equal.
func converter(from, to audio.Format) *audio.Converter {
	if from == to {
		return nil
	}
	return audio.NewConverter(from, to)
}
