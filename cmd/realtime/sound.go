package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// soundFile is a WAV file as 24 kHz mono PCM16.
type soundFile struct {
	audio.Source
	io.Closer
	length time.Duration // 0 if the file does not say
}

// openSound opens a WAV file. Channels are mixed.
func openSound(name string) (*soundFile, error) {
	f, err := os.Open(name) //nolint:gosec // The user chooses the file.
	if err != nil {
		return nil, err
	}
	wav, err := audio.ReadWAV(f, &audio.WAVOptions{Mix: true})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	return &soundFile{audio.Convert(wav, audio.PCM24k), f, wav.Length()}, nil
}

// readSound returns the sound of a WAV file.
func readSound(name string) ([]byte, error) {
	r, err := openSound(name)
	if err != nil {
		return nil, err
	}
	sound, err := io.ReadAll(r)
	return sound, errors.Join(err, r.Close())
}
