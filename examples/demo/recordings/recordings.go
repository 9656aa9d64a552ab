// Package recordings holds the recordings of the examples.
package recordings

import (
	"embed"
	"fmt"

	"github.com/voicelane/realtime-go/realtimetest"
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
	sound, err := realtimetest.ReadWAV(f)
	if err != nil {
		return nil, fmt.Errorf("recordings: %s: %w", name, err)
	}
	return sound, nil
}
