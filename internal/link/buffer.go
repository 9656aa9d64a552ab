package link

import (
	"errors"
	"io"
	"slices"

	"github.com/voicelane/realtime-go/internal/bytepool"
)

// frameHead is the room in front of an outgoing message, for the longest header
// that a WebSocket frame of a client has.
const frameHead = 14

// Message returns the text of a frame.
func Message(frame []byte) []byte { return frame[frameHead:] }

// KeptBuffer is the largest capacity that is kept for use again: one big message
// must not stay in memory for a session's life.
const KeptBuffer = 64 << 10

// buffers lends the memory of messages in both directions.
var buffers = bytepool.Pool{Most: KeptBuffer}

// GetFrame returns memory for an outgoing message, to be appended to: it holds the
// room for the frame's header.
func GetFrame() *[]byte {
	b := buffers.Get()
	*b = append(*b, make([]byte, frameHead)...)
	return b
}

// PutFrame takes memory back, from GetFrame or not. Its bytes are overwritten.
func PutFrame(b *[]byte) { buffers.Put(b) }

// appendAll is io.ReadAll into memory that exists.
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
