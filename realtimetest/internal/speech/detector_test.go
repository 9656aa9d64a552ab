package speech

import (
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
)

// detect runs a detector with the API's defaults over sound.
func detect(sound []byte, format audio.Format, threshold float64, silenceMS, pieceBytes int) []Edge {
	d := newDetector(format)
	d.threshold, d.silenceMS = threshold, silenceMS
	var edges []Edge
	for len(sound) > 0 {
		n := min(pieceBytes, len(sound))
		edges = append(edges, d.feed(sound[:n])...)
		sound = sound[n:]
	}
	return edges
}

func readRecording(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open("../../../examples/demo/recordings/" + name + ".wav")
	require.NoError(t, err)
	defer f.Close()
	wav, err := audio.ReadWAV(f, nil)
	require.NoError(t, err)
	sound, err := io.ReadAll(audio.Convert(wav, audio.PCM24k))
	require.NoError(t, err)
	return sound
}

func tone(d time.Duration) []byte {
	return audio.PCM24k.AppendTone(nil, 330, d, 0.25)
}

func silence(d time.Duration) []byte { return audio.PCM24k.AppendSilence(nil, d) }

func TestDetectorFindsOneTurnInARecording(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"question", "interruption", "answer", "answer-tomorrow"} {
		for codec, format := range map[string]audio.Format{"pcm": audio.PCM24k, "mu-law": audio.ULaw, "A-law": audio.ALaw} {
			t.Run(name+" "+codec, func(t *testing.T) {
				t.Parallel()
				sound := readRecording(t, name)
				length := int(audio.PCM24k.Duration(len(sound)).Milliseconds())
				// A second of a quiet room on both sides.
				room := silence(time.Second)
				sound = append(append(append([]byte(nil), room...), sound...), room...)
				sound = Convert(sound, audio.PCM24k, format)

				edges := detect(sound, format, 0.5, 500, format.Bytes(20*time.Millisecond))
				require.Len(t, edges, 2)
				assert.True(t, edges[0].Started)
				assert.InDelta(t, 1000, edges[0].At, 250, "the recording begins with a soft sound")
				assert.False(t, edges[1].Started)
				assert.InDelta(t, 1000+length+500, edges[1].At, 250, "the end includes the silence")
			})
		}
	}
}

func TestDetectorIgnoresHowAudioIsCut(t *testing.T) {
	t.Parallel()
	sound := append(readRecording(t, "question"), silence(time.Second)...)
	want := detect(sound, audio.PCM24k, 0.5, 500, len(sound))
	require.Len(t, want, 2)
	for _, piece := range []int{2, 14, 480, 481 &^ 1, 960, 4800, 50_000} {
		assert.Equal(t, want, detect(sound, audio.PCM24k, 0.5, 500, piece), "%d bytes", piece)
	}
}

func TestDetectorSettings(t *testing.T) {
	t.Parallel()
	speech := append(readRecording(t, "question"), silence(time.Second)...)
	pause := append(append(tone(time.Second), silence(400*time.Millisecond)...), tone(time.Second)...)
	pause = append(pause, silence(time.Second)...)
	whisper := audio.PCM24k.AppendTone(nil, 300, time.Second, 0.01)
	for name, c := range map[string]struct {
		sound     []byte
		threshold float64
		silenceMS int
		want      int // Edges.
	}{
		"speech":                          {speech, 0.5, 500, 2},
		"nothing is louder than 1":        {speech, 1, 500, 0},
		"silence":                         {silence(3 * time.Second), 0, 500, 0},
		"a click":                         {append(tone(30*time.Millisecond), silence(time.Second)...), 0.5, 500, 0},
		"a whisper":                       {whisper, 0.5, 500, 0},
		"a whisper with a low threshold":  {whisper, 0.2, 500, 1},
		"patience for a pause":            {pause, 0.5, 500, 2},
		"no patience for a pause":         {pause, 0.5, 300, 4},
		"speech that has not ended":       {tone(time.Second), 0.5, 500, 1},
		"an end that needs more silence":  {speech, 0.5, 2000, 1},
		"sound at the level of a speaker": {tone(time.Second), 0.8, 500, 1},
	} {
		assert.Len(t, detect(c.sound, audio.PCM24k, c.threshold, c.silenceMS, 960), c.want, name)
	}
}
