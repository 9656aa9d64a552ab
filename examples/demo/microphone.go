package main

import (
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// microphone is an endless stream of audio, silent between recordings. It must continue
// after a question, since the server detects the end of a turn by silence.
type microphone struct {
	mu    sync.Mutex // Guards the fields below.
	words []byte     // The rest of the recording being said.
	ended time.Time  // Time of the last read that returned recorded audio.
	sent  int        // Number of bytes read so far.
}

// say plays a recording into the microphone.
func (m *microphone) say(sound []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.words = append(m.words, sound...)
}

// Format makes the microphone an [audio.Source].
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

// lastWord returns the time of the last read that returned recorded audio.
func (m *microphone) lastWord() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended
}

// length returns the playing time of the audio read so far.
func (m *microphone) length() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return duration(m.sent)
}

// duration returns the playing time of n bytes of audio.
func duration(n int) time.Duration { return audio.PCM24k.Duration(n) }
