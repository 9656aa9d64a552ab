// Package golden writes conversations as text that is equal in each run, and
// removes secrets from frames.
//
// [Text] writes a conversation; [Redact] returns a frame without secrets.
package golden

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
)

// Frame is one text frame of a conversation.
type Frame struct {
	// At is the time since the beginning; the text does not depend on it.
	At time.Duration
	// FromClient reports whether the client sent the frame.
	FromClient bool
	// Type is the event's wire name, empty if it has none.
	Type string
	Data []byte
}

// IsSound reports whether events of that name carry audio.
func IsSound(wireName string) bool {
	return strings.HasSuffix(wireName, "audio.delta") || isAppend(wireName)
}

func isAppend(wireName string) bool { return strings.HasSuffix(wireName, "input_audio_buffer.append") }

// digest identifies bytes without repeating them.
func digest(data []byte) string {
	const shown = 6
	sum := sha256.Sum256(data)
	return fmt.Sprintf("sha256:%x %d bytes", sum[:shown], len(data))
}
