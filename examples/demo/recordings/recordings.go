// Package recordings holds the recordings of the examples.
package recordings

import (
	"embed"
	"fmt"
	"io"

	"github.com/voicelane/realtime-go/audio"
)

//go:embed *.wav
var files embed.FS

// Read returns the recording in the file name.wav as 24 kHz mono PCM16.
func Read(name string) ([]byte, error) {
	f, err := files.Open(name + ".wav")
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	defer func() { _ = f.Close() }()
	wav, err := audio.ReadWAV(f, nil)
	if err != nil {
		return nil, fmt.Errorf("recordings: %s: %w", name, err)
	}
	sound, err := io.ReadAll(audio.Convert(wav, audio.PCM24k))
	if err != nil {
		return nil, fmt.Errorf("recordings: %s: %w", name, err)
	}
	return sound, nil
}
