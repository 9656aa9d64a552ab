package speech

import "github.com/voicelane/realtime-go/audio"

// Convert converts the whole of a sound. Between equal formats it returns sound itself.
// What arrives in pieces needs one [audio.Converter] for all of them.
func Convert(sound []byte, from, to audio.Format) []byte {
	if from == to {
		return sound
	}
	c := audio.NewConverter(from, to)
	return c.AppendRest(c.Append(nil, sound))
}
