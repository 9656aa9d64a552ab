package realtimetest

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/audio"
)

// detect runs a detector with the API's defaults over sound.
func detect(sound []byte, format audio.Format, threshold float64, silenceMS, pieceBytes int) []edge {
	d := &detector{rate: format.Rate, threshold: threshold, silenceMS: silenceMS}
	var edges []edge
	for len(sound) > 0 {
		n := min(pieceBytes, len(sound))
		edges = append(edges, d.feed(format.AppendSamples(nil, sound[:n]))...)
		sound = sound[n:]
	}
	return edges
}

func readRecording(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open("../examples/demo/recordings/" + name + ".wav")
	require.NoError(t, err)
	defer f.Close()
	sound, err := ReadWAV(f)
	require.NoError(t, err)
	return sound
}

func TestDetectorFindsOneTurnInARecording(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"question", "interruption", "answer", "answer-tomorrow"} {
		for codec, format := range map[string]audio.Format{"pcm": audio.PCM24k, "mu-law": audio.MuLaw8k, "A-law": audio.ALaw8k} {
			t.Run(name+" "+codec, func(t *testing.T) {
				t.Parallel()
				sound := readRecording(t, name)
				length := audio.PCM24k.Milliseconds(len(sound))
				// A second of a quiet room on both sides.
				room := Silence(time.Second)
				sound = append(append(append([]byte(nil), room...), sound...), room...)
				sound = audio.Convert(sound, audio.PCM24k, format)

				edges := detect(sound, format, 0.5, 500, format.Bytes(20*time.Millisecond))
				require.Len(t, edges, 2)
				assert.True(t, edges[0].started)
				assert.InDelta(t, 1000, edges[0].at, 250, "the recording begins with a soft sound")
				assert.False(t, edges[1].started)
				assert.InDelta(t, 1000+length+500, edges[1].at, 250, "the end includes the silence")
			})
		}
	}
}

func TestDetectorDoesNotCareHowAudioIsCut(t *testing.T) {
	t.Parallel()
	sound := append(readRecording(t, "question"), Silence(time.Second)...)
	want := detect(sound, audio.PCM24k, 0.5, 500, len(sound))
	require.Len(t, want, 2)
	for _, piece := range []int{2, 14, 480, 481 &^ 1, 960, 4800, 50_000} {
		assert.Equal(t, want, detect(sound, audio.PCM24k, 0.5, 500, piece), "%d bytes", piece)
	}
}

func TestDetectorSettings(t *testing.T) {
	t.Parallel()
	speech := append(readRecording(t, "question"), Silence(time.Second)...)
	pause := append(append(Tone(time.Second), Silence(400*time.Millisecond)...), Tone(time.Second)...)
	pause = append(pause, Silence(time.Second)...)
	whisper := audio.PCM24k.AppendBytes(nil, audio.Tone(24000, 300, time.Second, 0.01))
	for name, c := range map[string]struct {
		sound     []byte
		threshold float64
		silenceMS int
		want      int // Edges.
	}{
		"speech":                          {speech, 0.5, 500, 2},
		"nothing is louder than 1":        {speech, 1, 500, 0},
		"silence":                         {Silence(3 * time.Second), 0, 500, 0},
		"a click":                         {append(Tone(30*time.Millisecond), Silence(time.Second)...), 0.5, 500, 0},
		"a whisper":                       {whisper, 0.5, 500, 0},
		"a whisper with a low threshold":  {whisper, 0.2, 500, 1},
		"patience for a pause":            {pause, 0.5, 500, 2},
		"no patience for a pause":         {pause, 0.5, 300, 4},
		"speech that has not ended":       {Tone(time.Second), 0.5, 500, 1},
		"an end that needs more silence":  {speech, 0.5, 2000, 1},
		"sound at the level of a speaker": {Tone(time.Second), 0.8, 500, 1},
	} {
		assert.Len(t, detect(c.sound, audio.PCM24k, c.threshold, c.silenceMS, 960), c.want, name)
	}
}
