package frames

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Wire returns a frame as a server puts it on the socket: one text message,
// shorter than 64 KB and not masked.
func Wire(frame []byte) []byte {
	const final, text = 0x80, 1
	out := []byte{final | text}
	if len(frame) < 126 {
		out = append(out, byte(len(frame)))
	} else {
		out = binary.BigEndian.AppendUint16(append(out, 126), uint16(len(frame))) //nolint:gosec // Callers keep to the bound.
	}
	return append(out, frame...)
}

// Deltas returns audio deltas for the socket that differ by their event_id.
func Deltas(size, n int) [][]byte {
	frame := string(AudioDelta(size))
	out := make([][]byte, n)
	for i := range out {
		out[i] = Wire([]byte(strings.Replace(frame, "q7aTs", fmt.Sprintf("q7%03d", i), 1)))
	}
	return out
}
