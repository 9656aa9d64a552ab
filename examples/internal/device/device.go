// Package device stands for a microphone and a loudspeaker, which the standard
// library does not have. Sound is 24 kHz mono PCM16.
package device

import (
	"sync"
	"time"
)

const bytesPerSecond = 48_000

// Microphone is an endless stream of sound, silent as long as nobody speaks.
type Microphone struct {
	mu    sync.Mutex
	words []byte
}

// Say speaks into the microphone.
func (m *Microphone) Say(sound []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.words = append(m.words, sound...)
}

// Read implements [io.Reader].
func (m *Microphone) Read(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := copy(p, m.words)
	clear(p[n:])
	m.words = m.words[n:]
	return len(p), nil
}

// Speaker plays sound as long as it takes: answers arrive faster.
type Speaker struct {
	mu    sync.Mutex
	size  int       // Bytes that are to be heard, from the last Stop on.
	until time.Time // When all of them will have been heard.
}

// Play adds sound to what is to be heard.
func (s *Speaker) Play(sound []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); s.until.Before(now) {
		s.until = now
	}
	s.size += len(sound)
	s.until = s.until.Add(time.Duration(len(sound)) * time.Second / bytesPerSecond)
}

// Stop falls silent. It returns how many bytes were played since the last time.
func (s *Speaker) Stop() (played int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := int(max(time.Until(s.until), 0) * bytesPerSecond / time.Second)
	played = max(s.size-left, 0)
	s.size, s.until = 0, time.Time{}
	return played
}

// Remaining is how long the speaker will play yet.
func (s *Speaker) Remaining() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(time.Until(s.until), 0)
}
