// Package rawconn is the transport of the test server: WebSocket connections that
// can write slowly, cut frames and stall, and a listener in memory.
//
// [New] wraps a connection; [Conn.Read] and the writing methods use it.
// [NewListener] makes a listener without a network.
package rawconn

import (
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
)

const (
	// MaxFrame is more than the largest append in base64.
	MaxFrame = 32 << 20
	// maxReason is the number of bytes that a close frame has for its reason.
	maxReason = 123
	// CloseGrace is the real time that a client has to answer a close frame, and
	// to read one when the server closes.
	CloseGrace = time.Second
)

// Conn is a WebSocket connection. One goroutine writes and stalls, and one reads,
// which also runs the control handlers. Interrupt and Expire may be called from any
// goroutine.
type Conn struct {
	ws           *websocket.Conn
	clock        loop.Clock
	writeTimeout time.Duration // In real time.
	piece        int           // Bytes per write; 0 writes whole frames.
	pause        time.Duration // After each piece.

	stalled     atomic.Bool   // Pings and close frames get no answer.
	interrupted chan struct{} // Closed when stalls must end.
	once        sync.Once     // Closes interrupted.
	readDone    chan struct{} // Closed when Read has returned.
}

// New returns a connection that waits at most writeTimeout, in real time, for a
// client that does not read. Stalls use clock.
func New(ws *websocket.Conn, clock loop.Clock, writeTimeout time.Duration) *Conn {
	return &Conn{
		ws: ws, clock: clock, writeTimeout: writeTimeout,
		interrupted: make(chan struct{}), readDone: make(chan struct{}),
	}
}

// Read calls receive for each frame of the client until the connection ends, and
// then closed with the code and reason of the client's close frame. A broken
// connection has code 1006.
func (r *Conn) Read(receive func(kind int, data []byte), closed func(code int, reason string)) {
	defer close(r.readDone)
	r.ws.SetReadLimit(MaxFrame)
	r.answerControl()
	for {
		kind, data, err := r.ws.ReadMessage()
		if err != nil {
			if e, ok := errors.AsType[*websocket.CloseError](err); ok {
				closed(e.Code, e.Text)
			} else {
				closed(websocket.CloseAbnormalClosure, "")
			}
			return
		}
		receive(kind, data)
	}
}

// WaitRead waits for Read to return, at most [CloseGrace] longer.
func (r *Conn) WaitRead() {
	_ = r.ws.NetConn().SetReadDeadline(time.Now().Add(CloseGrace))
	<-r.readDone
}

// Slow makes all later writes write frames in pieces, with a pause after each.
func (r *Conn) Slow(piece int, pause time.Duration) { r.piece, r.pause = max(piece, 1), pause }

// Write writes a text frame.
func (r *Conn) Write(data []byte) error {
	if err := r.ws.SetWriteDeadline(time.Now().Add(r.writeTimeout)); err != nil {
		return err
	}
	if r.piece > 0 {
		return r.writeSlowly(data)
	}
	return r.ws.WriteMessage(websocket.TextMessage, data)
}

// textFrame is the first byte of an unfragmented text frame.
const textFrame = 0x81

// writeSlowly writes a text frame in pieces. Pings get no answer
// meanwhile, since a pong would be in the middle of the frame.
func (r *Conn) writeSlowly(data []byte) error {
	r.stalled.Store(true)
	defer r.stalled.Store(false)
	const short, word = 125, 1 << 16
	frame := []byte{textFrame}
	switch n := len(data); {
	case n <= short:
		frame = append(frame, byte(n))
	case n < word:
		frame = binary.BigEndian.AppendUint16(append(frame, short+1), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, short+2), uint64(n))
	}
	frame = append(frame, data...)
	for len(frame) > 0 {
		n := min(r.piece, len(frame))
		if err := r.ws.NetConn().SetWriteDeadline(time.Now().Add(r.writeTimeout)); err != nil {
			return err
		}
		if _, err := r.ws.NetConn().Write(frame[:n]); err != nil {
			return err
		}
		frame = frame[n:]
		if len(frame) > 0 && r.pause > 0 && !r.sleep(r.pause) {
			return websocket.ErrCloseSent
		}
	}
	return nil
}

// Ping writes a ping.
func (r *Conn) Ping() error {
	return r.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(r.writeTimeout))
}

// Close writes a close frame within d. A client that does not read does not get it.
func (r *Conn) Close(d time.Duration, code int, reason string) {
	_ = r.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(d))
}

// Drop closes the connection without a close frame.
func (r *Conn) Drop() { _ = r.ws.NetConn().Close() }

// TrimReason cuts a reason to the length that a close frame can hold.
func TrimReason(reason string) string {
	if len(reason) > maxReason {
		return strings.ToValidUTF8(reason[:maxReason], "")
	}
	return reason
}

// Expire limits writes in progress to d.
func (r *Conn) Expire(d time.Duration) { _ = r.ws.NetConn().SetWriteDeadline(time.Now().Add(d)) }

// Cut closes the connection in the middle of a frame.
func (r *Conn) Cut() {
	const length = 100 // Of which the connection carries few bytes.
	conn := r.ws.NetConn()
	_ = conn.SetWriteDeadline(time.Now().Add(CloseGrace))
	_, _ = conn.Write(append([]byte{textFrame, length}, `{"type":"resp`...))
	_ = conn.Close()
}

// Stall blocks for d without an answer to control frames. A negative d does not
// end. Interrupt and the client's end cut it short.
func (r *Conn) Stall(d time.Duration) {
	r.stalled.Store(true)
	defer r.stalled.Store(false)
	r.sleep(d)
}

// sleep blocks for d and reports whether it was not interrupted. A negative d does
// not end.
func (r *Conn) sleep(d time.Duration) bool {
	over := make(chan struct{})
	if d >= 0 {
		stop := r.clock.AfterFunc(d, func() { close(over) })
		defer stop()
	}
	select {
	case <-over:
		return true
	case <-r.interrupted:
	case <-r.readDone:
	}
	return false
}

// Interrupt ends a stall and those that follow.
func (r *Conn) Interrupt() { r.once.Do(func() { close(r.interrupted) }) }

// answerControl installs the handlers of pings and close frames, which do nothing
// during a stall.
func (r *Conn) answerControl() {
	ping, closing := r.ws.PingHandler(), r.ws.CloseHandler()
	r.ws.SetPingHandler(func(data string) error {
		if r.stalled.Load() {
			return nil
		}
		return ping(data)
	})
	r.ws.SetCloseHandler(func(code int, reason string) error {
		if r.stalled.Load() {
			return nil
		}
		return closing(code, reason)
	})
}
