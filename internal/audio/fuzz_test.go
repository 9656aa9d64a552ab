package audio_test

import (
	"bytes"
	"testing"

	"github.com/voicelane/realtime-go/internal/audio"
)

// FuzzReadWAV checks that audio that was read is the same after writing and reading it
// again.
func FuzzReadWAV(f *testing.F) {
	for _, format := range []audio.Format{audio.PCM24k, audio.MuLaw8k, audio.ALaw8k} {
		var file bytes.Buffer
		if err := audio.WriteWAV(&file, []byte{1, 2, 3, 4}, format); err != nil {
			f.Fatal(err)
		}
		f.Add(file.Bytes())
		f.Add(file.Bytes()[:file.Len()-1])
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		data, format, err := audio.ReadWAV(bytes.NewReader(file))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := audio.WriteWAV(&again, data, format); err != nil {
			t.Fatal(err)
		}
		back, as, err := audio.ReadWAV(&again)
		if err != nil || as != format || !bytes.Equal(back, data) {
			t.Fatalf("%v, %v instead of %v, %d bytes instead of %d", err, as, format, len(back), len(data))
		}
	})
}
