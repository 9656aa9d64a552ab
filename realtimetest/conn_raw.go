package realtimetest

import (
	"encoding/binary"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// maxFrame is more than the largest append in base64.
	maxFrame = 32 << 20
	// maxReason is the number of bytes that a close frame has for its reason.
	maxReason = 123
	// closeGrace is the real time that a client has to answer a close frame, and
	// to read one when the server closes.
	closeGrace = time.Second
)

// rawConn writes WebSocket frames, whole, in pieces or cut, and can stall. The
// session's goroutine writes and stalls; the reader's goroutine runs the control
// handlers; interrupt may be called from any goroutine.
type rawConn struct {
	ws           *websocket.Conn
	clock        Clock
	writeTimeout time.Duration
	trickle      Trickle // Of the session's goroutine.

	stalled     atomic.Bool   // Pings and close frames get no answer.
	interrupted chan struct{} // Closed when stalls must end.
	once        sync.Once     // Closes interrupted.
	readDone    chan struct{} // Closed when the reader has returned.
}

// write writes a text frame.
func (r *rawConn) write(data []byte) error {
	if err := r.ws.SetWriteDeadline(time.Now().Add(r.writeTimeout)); err != nil {
		return err
	}
	if r.trickle != (Trickle{}) {
		return r.writeSlowly(data)
	}
	return r.ws.WriteMessage(websocket.TextMessage, data)
}

// textFrame is the first byte of an unfragmented text frame.
const textFrame = 0x81

// writeSlowly writes a text frame in the pieces of a [Trickle]. Pings get no answer
// meanwhile, since a pong would be in the middle of the frame.
func (r *rawConn) writeSlowly(data []byte) error {
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
		n := min(max(r.trickle.Bytes, 1), len(frame))
		if err := r.ws.NetConn().SetWriteDeadline(time.Now().Add(r.writeTimeout)); err != nil {
			return err
		}
		if _, err := r.ws.NetConn().Write(frame[:n]); err != nil {
			return err
		}
		frame = frame[n:]
		if len(frame) > 0 && r.trickle.Every > 0 && !r.sleep(r.trickle.Every) {
			return websocket.ErrCloseSent
		}
	}
	return nil
}

// ping writes a ping.
func (r *rawConn) ping() error {
	return r.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(r.writeTimeout))
}

// writeClose writes a close frame within d. A failed write means that the client
// has not read it.
func (r *rawConn) writeClose(d time.Duration, code int, reason string) {
	_ = r.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(d))
}

// fitReason cuts a reason to what a close frame holds.
func fitReason(reason string) string {
	if len(reason) > maxReason {
		return strings.ToValidUTF8(reason[:maxReason], "")
	}
	return reason
}

// cut closes the connection in the middle of a frame.
func (r *rawConn) cut() {
	const length = 100 // Of which the connection carries few bytes.
	conn := r.ws.NetConn()
	_ = conn.SetWriteDeadline(time.Now().Add(closeGrace))
	_, _ = conn.Write(append([]byte{textFrame, length}, `{"type":"resp`...))
	_ = conn.Close()
}

// stall blocks for d without an answer to control frames. A negative d does not
// end. interrupt and the client's end cut it short.
func (r *rawConn) stall(d time.Duration) {
	r.stalled.Store(true)
	defer r.stalled.Store(false)
	r.sleep(d)
}

// sleep blocks for d and reports whether it was not interrupted. A negative d does
// not end.
func (r *rawConn) sleep(d time.Duration) bool {
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

// interrupt ends a stall and those that follow.
func (r *rawConn) interrupt() { r.once.Do(func() { close(r.interrupted) }) }

// answerControl installs the handlers of pings and close frames, which do nothing
// during a stall.
func (r *rawConn) answerControl() {
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
