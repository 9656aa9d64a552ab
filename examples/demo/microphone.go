package main

import (
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// microphone is an endless [audio.Source] of 24 kHz PCM16, silent between recordings. It
// goes on after a recording, since the server detects the end of a turn by silence. It
// returns sound at once: a [voice.FileLine] reads it at its speed. Methods may be called
// from any goroutine.
//
// [voice.FileLine]: https://pkg.go.dev/github.com/voicelane/realtime-go/voice#FileLine
type microphone struct {
	mu    sync.Mutex // Guards the fields below.
	words []byte     // The rest of the recordings.
	ended time.Time  // When the last of a recording was read.
	sent  int        // The number of bytes read so far.
}

// Say plays a recording into the microphone.
func (m *microphone) Say(sound []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.words = append(m.words, sound...)
}

// Format returns the format of Read.
func (m *microphone) Format() audio.Format { return audio.PCM24k }

// Read implements [io.Reader].
func (m *microphone) Read(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := copy(p, m.words)
	clear(p[n:])
	m.words = m.words[n:]
	if n > 0 {
		m.ended = time.Now()
	}
	m.sent += len(p)
	return len(p), nil
}

// LastWord returns the time of the last read that returned a part of a recording.
func (m *microphone) LastWord() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended
}

// Length returns the playing time of what was read so far.
func (m *microphone) Length() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return audio.PCM24k.Duration(m.sent)
}
