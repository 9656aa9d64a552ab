// Package golden writes conversations as text that is equal in each run, and
// removes secrets from frames.
//
// [Text] writes a conversation; [Redact] returns a frame without secrets.
package golden

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
)

// Frame is one text frame of a conversation.
type Frame struct {
	// FromClient reports whether the client sent the frame.
	FromClient bool
	// Type is the event's wire name, empty if it has none.
	Type string
	Data []byte
}

// Text returns a line for each event, ">" from the client and "<" from the server. It
// depends on what happened and why, and not on when:
//
//   - Events stand with their cause: replies with the client's event, and a response with
//     the request or the turn that started it. How the events of two causes interleave
//     has no effect, nor the order of the outputs of parallel calls.
//   - Ids are numbered by kind in order of appearance, also those in metadata.
//   - The deltas of an item are one line. An item that was cut off has no content, since
//     where it was cut is a matter of time.
//   - The client's audio is written at the commit or clear that ends it, as digest and
//     length. Where the server detects speech, audio has one line without them.
//   - Times, lengths of time and usage are left out, as are the places of items.
func Text(frames []Frame) []byte {
	c := arrange(frames)
	w := writer{ids: map[string]string{}, counts: map[string]int{}, cut: c.cut}
	for _, b := range c.blocks {
		w.block(b)
	}
	return w.out.Bytes()
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

// writer writes blocks.
type writer struct {
	out    bytes.Buffer
	ids    map[string]string // Numbered ids by original id.
	counts map[string]int    // By kind of id.
	cut    map[string]bool   // Ids of the items that were cut off.
}
