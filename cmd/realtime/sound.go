package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/voicelane/realtime-go/audio"
)

// openSound opens a WAV file as 24 kHz mono PCM16. Channels are mixed.
func openSound(name string) (io.ReadCloser, error) {
	f, err := os.Open(name) //nolint:gosec // The user chooses the file.
	if err != nil {
		return nil, err
	}
	wav, err := audio.ReadWAV(f, &audio.WAVOptions{Mix: true})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	return &soundFile{audio.Convert(wav, audio.PCM24k), f}, nil
}

type soundFile struct {
	io.Reader
	io.Closer
}

// readSound is openSound for a whole file.
func readSound(name string) ([]byte, error) {
	r, err := openSound(name)
	if err != nil {
		return nil, err
	}
	sound, err := io.ReadAll(r)
	return sound, errors.Join(err, r.Close())
}
