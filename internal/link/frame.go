//go:build !js

package link

import (
	"encoding/binary"
	"math/rand/v2"
)

// finalText is the first byte of a text message that is one frame.
const finalText = 0x81

// seal turns a message with frameHead bytes of room in front into a WebSocket
// frame, in place, and returns it. gorilla's writer would take a copy, two
// allocations, and a second write for a long message.
func seal(frame []byte) []byte {
	const masked = 0x80
	message := frame[frameHead:]
	// The runtime's own source, ChaCha8 seeded by the system, as gorilla uses it:
	// crypto/rand takes far more time, and stack.
	key := frame[frameHead-4 : frameHead]
	binary.LittleEndian.PutUint32(key, rand.Uint32()) //nolint:gosec // See above.
	var start int
	switch n := len(message); {
	case n < 126:
		start = 8
		frame[start+1] = masked | byte(n)
	case n < 1<<16:
		start = 6
		frame[start+1] = masked | 126
		binary.BigEndian.PutUint16(frame[start+2:], uint16(n))
	default:
		frame[start+1] = masked | 127
		binary.BigEndian.PutUint64(frame[start+2:], uint64(n))
	}
	frame[start] = finalText
	mask(message, key)
	return frame[start:]
}

// unseal gives a message that seal masked its text back.
func unseal(frame []byte) { mask(frame[frameHead:], frame[frameHead-4:frameHead]) }

// mask XORs data with the repeated key.
func mask(data, key []byte) {
	k := uint64(binary.LittleEndian.Uint32(key)) * (1<<32 + 1) // The key, twice.
	for len(data) >= 32 {
		word := data[:32]
		binary.LittleEndian.PutUint64(word, binary.LittleEndian.Uint64(word)^k)
		binary.LittleEndian.PutUint64(word[8:], binary.LittleEndian.Uint64(word[8:])^k)
		binary.LittleEndian.PutUint64(word[16:], binary.LittleEndian.Uint64(word[16:])^k)
		binary.LittleEndian.PutUint64(word[24:], binary.LittleEndian.Uint64(word[24:])^k)
		data = data[32:]
	}
	for i := range data {
		data[i] ^= key[i%4]
	}
}
