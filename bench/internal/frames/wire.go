package frames

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Wire returns a frame in WebSocket framing: one unmasked text message, shorter than 64
// KB.
func Wire(frame []byte) []byte {
	const final, text = 0x80, 1
	out := []byte{final | text}
	if len(frame) < 126 {
		out = append(out, byte(len(frame))) //nolint:gosec // Below 126.
	} else {
		out = binary.BigEndian.AppendUint16(append(out, 126), uint16(len(frame))) //nolint:gosec // Callers pass less than 64 KB.
	}
	return append(out, frame...)
}

// Deltas returns n audio deltas in WebSocket framing that differ in their event_id.
func Deltas(size, n int) [][]byte {
	frame := string(AudioDelta(size))
	out := make([][]byte, n)
	for i := range out {
		out[i] = Wire([]byte(strings.Replace(frame, "q7aTs", fmt.Sprintf("q7%03d", i), 1)))
	}
	return out
}
