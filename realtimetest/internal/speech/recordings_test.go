package speech

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/audio"
)

var formats = map[string]audio.Format{"pcm": audio.PCM24k, "wideband": audio.PCM16k, "mu-law": audio.ULaw, "A-law": audio.ALaw}

// Silence around a recording, cut ends and the frames in which it comes do not matter.
func TestRecordingsAreFoundInEveryFormat(t *testing.T) {
	t.Parallel()
	question, interruption := readRecording(t, "question"), readRecording(t, "interruption")
	for name, format := range formats {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := NewRecordings([][]byte{nil, silence(time.Second), question, interruption})
			for want, recording := range map[int][]byte{2: question, 3: interruption} {
				cut := audio.PCM24k.Bytes(30 * time.Millisecond)
				stream := slices.Concat(silence(time.Second), recording[cut:len(recording)-cut], silence(time.Second))
				converter, sound := audio.NewConverter(audio.PCM24k, format), []byte(nil)
				for frame := range slices.Chunk(stream, audio.PCM24k.Bytes(20*time.Millisecond)) {
					sound = converter.Append(sound, frame)
				}
				index, ok := r.Find(sound, format)
				assert.True(t, ok, "recording %d", want)
				assert.Equal(t, want, index)
			}
			_, ok := r.Find(Convert(silence(3*time.Second), audio.PCM24k, format), format)
			assert.False(t, ok, "silence is no recording")
			_, ok = r.Find(Convert(tone(3*time.Second), audio.PCM24k, format), format)
			assert.False(t, ok, "a tone is no recording")
		})
	}
}
