package main

import (
	"sync"
	"time"
)

const (
	bytesPerSecond = 48_000 // 24 kHz mono PCM16.
	micChunk       = 40 * time.Millisecond
)

// microphone is an endless stream of sound, silent as long as nobody speaks.
// It must go on after a question, since the server finds the end of a turn by
// the silence that follows.
type microphone struct {
	mu    sync.Mutex
	words []byte    // What is being said.
	ended time.Time // When the last of it went out.
	sent  int
}

// say speaks a recording into the microphone.
func (m *microphone) say(sound []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.words = append(m.words, sound...)
}

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

// lastWord returns when somebody was heard last.
func (m *microphone) lastWord() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended
}

// length returns how much sound has gone out.
func (m *microphone) length() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return duration(m.sent)
}

// duration is the time that n bytes of sound play.
func duration(n int) time.Duration {
	return time.Duration(n/2) * time.Second / (bytesPerSecond / 2)
}
