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

// Speaker plays sound, and knows how much of it was heard: answers arrive
// faster than they play.
type Speaker struct {
	mu    sync.Mutex
	item  string
	size  int       // Bytes of the item that have arrived.
	until time.Time // When all of them will have been heard.
}

// Play adds sound of an item to what is to be heard.
func (s *Speaker) Play(item string, sound []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if item != s.item {
		s.item, s.size = item, 0
	}
	if now := time.Now(); s.until.Before(now) {
		s.until = now
	}
	s.size += len(sound)
	s.until = s.until.Add(length(len(sound)))
}

// Stop falls silent. It returns the item that was playing and how much of it
// was heard; ok is false if there was nothing left to play.
func (s *Speaker) Stop() (item string, heard time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := time.Until(s.until)
	if left <= 0 {
		return "", 0, false
	}
	s.until = time.Time{}
	return s.item, max(length(s.size)-left, 0), true
}

// Remaining is how long the speaker will play yet.
func (s *Speaker) Remaining() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(time.Until(s.until), 0)
}

func length(n int) time.Duration { return time.Duration(n) * time.Second / bytesPerSecond }
