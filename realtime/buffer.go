package realtime

import (
	"errors"
	"io"
	"slices"
	"sync"
)

// frameHead is the room in front of an outgoing message, for the longest header
// that a WebSocket frame of a client has.
const frameHead = 14

// getFrame is getBuffer for an outgoing message.
func getFrame() *[]byte {
	b := getBuffer()
	*b = append(*b, make([]byte, frameHead)...)
	return b
}

// bufferPool lends the memory of frames in both directions. Large ones are not
// kept: one big message must not stay in memory for a session's life.
var bufferPool = sync.Pool{New: func() any { return new([]byte) }}

const keptBuffer = 64 << 10

func getBuffer() *[]byte {
	b, ok := bufferPool.Get().(*[]byte)
	if !ok {
		b = new([]byte)
	}
	*b = (*b)[:0]
	return b
}

func putBuffer(b *[]byte) {
	if cap(*b) <= keptBuffer {
		bufferPool.Put(b)
	}
}

// appendAll is io.ReadAll into memory that is already there.
func appendAll(dst []byte, r io.Reader) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, 4<<10)
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if errors.Is(err, io.EOF) {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}
