// Package device simulates a microphone and a loudspeaker, which the standard library
// does not support. Audio is 24 kHz mono PCM16.
package device

import (
	"sync"
	"time"
)

const bytesPerSecond = 48_000

// Microphone is an endless stream of audio, silent between the recordings.
type Microphone struct {
	mu    sync.Mutex
	words []byte // Guarded by mu; the rest of the recordings.
}

// Say plays a recording into the microphone.
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

// Speaker plays audio in real time; answers arrive faster.
type Speaker struct {
	mu    sync.Mutex // Guards the fields below.
	size  int        // Bytes queued since the last Stop.
	until time.Time  // When the queue will be empty.
}

// Play appends audio to the queue.
func (s *Speaker) Play(sound []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); s.until.Before(now) {
		s.until = now
	}
	s.size += len(sound)
	s.until = s.until.Add(time.Duration(len(sound)) * time.Second / bytesPerSecond)
}

// Stop discards the queue. It returns the number of bytes played since the last Stop.
func (s *Speaker) Stop() (played int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := int(max(time.Until(s.until), 0) * bytesPerSecond / time.Second)
	played = max(s.size-left, 0)
	s.size, s.until = 0, time.Time{}
	return played
}

// Remaining returns the playing time of the queue.
func (s *Speaker) Remaining() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(time.Until(s.until), 0)
}
