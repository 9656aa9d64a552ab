package recording

import "github.com/voicelane/realtime-go/internal/bytepool"

// earlyFlush is the size from which what waits is written at once.
const earlyFlush = 64 << 10

// buffers lends the memory of what waits: a recording has some from its first line until that
// is written.
var buffers = bytepool.Pool{Most: 2 * earlyFlush}

// buffer is what waits to be written. The zero buffer is empty.
type buffer struct {
	lines, sound []byte
	// lent is the memory of both, nil until there is some.
	lent struct{ lines, sound *[]byte }
}

func (b *buffer) size() int { return len(b.lines) + len(b.sound) }

// text returns the lines, to be appended to.
func (b *buffer) text() []byte {
	if b.lent.lines == nil {
		b.lent.lines = buffers.Get()
		b.lines = *b.lent.lines
	}
	return b.lines
}

// addSound appends sound.
func (b *buffer) addSound(sound []byte) {
	if b.lent.sound == nil {
		b.lent.sound = buffers.Get()
		b.sound = *b.lent.sound
	}
	b.sound = append(b.sound, sound...)
}

// free empties the buffer and gives its memory back.
func (b *buffer) free() {
	if b.lent.lines != nil {
		*b.lent.lines = b.lines
		buffers.Put(b.lent.lines)
	}
	if b.lent.sound != nil {
		*b.lent.sound = b.sound
		buffers.Put(b.lent.sound)
	}
	*b = buffer{}
}
