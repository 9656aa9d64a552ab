package frames

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// A stamp is a time in the first bytes of audio, so that each client has it where its user
// has the audio.
const (
	stampBytes = 9 // a multiple of 3, so that its base64 ends with it
	stampText  = stampBytes / 3 * 4
)

// Stamp writes a time into audio of at least 9 bytes.
func Stamp(audio []byte, at time.Duration) {
	binary.BigEndian.PutUint64(audio, uint64(at)) //nolint:gosec // A time since the start of the machine.
	audio[stampBytes-1] = 0
}

// Stamped returns the time in audio, or 0 if it is too short.
func Stamped(audio []byte) time.Duration {
	if len(audio) < stampBytes {
		return 0
	}
	return time.Duration(binary.BigEndian.Uint64(audio)) //nolint:gosec // Stamp wrote it.
}

// AudioAt returns where the base64 of the audio of an event begins, or -1. The event may be
// a client's or a server's, in WebSocket framing or without.
func AudioAt(event []byte) int {
	for _, name := range [...]string{`"delta":"`, `"audio":"`} {
		if i := bytes.Index(event, []byte(name)); i >= 0 {
			return i + len(name)
		}
	}
	return -1
}

// StampText writes a time into the base64 of audio.
func StampText(text []byte, at time.Duration) {
	var audio [stampBytes]byte
	Stamp(audio[:], at)
	base64.StdEncoding.Encode(text[:stampText], audio[:])
}

// StampedText returns the time in the base64 of audio, or 0 if there is none.
func StampedText(text []byte) time.Duration {
	var audio [stampBytes]byte
	if len(text) < stampText {
		return 0
	}
	if _, err := base64.StdEncoding.Decode(audio[:], text[:stampText]); err != nil {
		return 0
	}
	return Stamped(audio[:])
}
