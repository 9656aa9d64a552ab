package telephonytest

import (
	"encoding/hex"
	"strings"

	"github.com/voicelane/realtime-go/audio"
)

// farAudioSocket is Asterisk. The first byte of a message is its type.
type farAudioSocket struct{ sound byte }

func newFarAudioSocket(f audio.Format) *farAudioSocket {
	kind := map[audio.Format]byte{audio.PCM8k: 0x10, audio.PCM16k: 0x12, audio.PCM24k: 0x13, audio.PCM48k: 0x16}[f]
	return &farAudioSocket{kind}
}

func (f *farAudioSocket) begin(c *scene) []message {
	id, _ := hex.DecodeString(strings.ReplaceAll(c.id, "-", "")) // The ids are made here.
	return []message{{binary: true, data: append([]byte{0x01}, id...)}}
}

func (f *farAudioSocket) media(_, _ int, sound []byte) message {
	return message{binary: true, data: append([]byte{f.sound}, sound...)}
}

func (f *farAudioSocket) key(r rune) message {
	return message{binary: true, data: []byte{0x03, byte(r)}} //nolint:gosec // A key.
}

func (f *farAudioSocket) mark(string) (message, bool) { return message{}, false }

func (f *farAudioSocket) stop() (message, bool) { return message{}, false }

func (f *farAudioSocket) receive(c *scene, m message) {
	switch kind := m.data[0]; {
	case kind == 0x00:
		c.hungUp = true
	case kind != f.sound:
		c.fault("a message of type %#x", kind)
		c.broken = true
	case len(m.data) == 1:
		c.fault("a message without sound")
		c.broken = true
	case c.ear.queued(c.now) > maxAsterisk:
		c.fault("sound comes faster than it is heard")
	default:
		c.play(m.data[1:])
	}
}

// maxAsterisk is the most sound that may wait on a channel, which has no buffer to speak of.
const maxAsterisk = 100_000_000 // nanoseconds
