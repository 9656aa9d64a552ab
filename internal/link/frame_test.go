//go:build !js

package link

import (
	"bytes"
	"net"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/peer"
)

// TestFrames lets gorilla read what seal has made, at every boundary of the
// header's length and of the mask's stretches.
func TestFrames(t *testing.T) {
	t.Parallel()
	sizes := []int{0, 1, 3, 4, 31, 32, 33, 63, 64, 125, 126, 127, 65534, 65535, 65536, 65537, 1 << 20}
	received := make(chan []byte)
	n := peer.Serve(t, func(p *peer.Peer) {
		for range sizes {
			kind, data, err := p.WS.ReadMessage()
			assert.NoError(t, err)
			assert.Equal(t, websocket.TextMessage, kind)
			received <- data
		}
	})
	d := websocket.Dialer{NetDialContext: n.DialContext}
	ws, _, err := d.DialContext(t.Context(), "ws://127.0.0.1/", nil)
	require.NoError(t, err)
	defer ws.Close()
	var keys [][]byte
	for _, size := range sizes {
		message := make([]byte, size)
		for i := range message {
			message[i] = byte(i * 7)
		}
		frame := append(make([]byte, frameHead), message...)
		go func(conn net.Conn) { _, _ = conn.Write(seal(frame)) }(ws.NetConn())
		require.True(t, bytes.Equal(message, <-received), "%d bytes", size)
		key := frame[frameHead-4 : frameHead]
		assert.NotContains(t, keys, key)
		keys = append(keys, key)
	}
}

// TestUnsealGivesTheMessageBack holds that a failed write leaves the message as it was.
func TestUnsealGivesTheMessageBack(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 125, 126, 1 << 16} {
		message := bytes.Repeat([]byte("x7"), size)
		buf := GetFrame()
		*buf = append(*buf, message...)
		seal(*buf)
		unseal(*buf)
		assert.Equal(t, message, Message(*buf))
		PutFrame(buf)
	}
}
