package realtimetest

import "time"

// Disturbances of a connection that are not in the protocol.

// cut drops the connection in the middle of a frame.
func (s *session) cut() {
	if s.ended {
		return
	}
	s.ended = true
	const text, length = 0x81, 100 // A frame of 100 bytes, of which few come.
	conn := s.ws.NetConn()
	_ = conn.SetWriteDeadline(time.Now().Add(closeGrace))
	_, _ = conn.Write(append([]byte{text, length}, `{"type":"resp`...))
	_ = conn.Close()
}

// stall does nothing for a time, which does not end if it is negative, unless
// this side is told to end or the client goes.
func (s *session) stall(d time.Duration) {
	s.conn.stalled.Store(true)
	defer s.conn.stalled.Store(false)
	over := make(chan struct{})
	if d >= 0 {
		stop := s.cfg.Clock.AfterFunc(d, func() { close(over) })
		defer stop()
	}
	select {
	case <-over:
	case <-s.conn.hurry:
	case <-s.conn.gone:
	}
}

// answerControl installs how pings and the close frame are answered: as the
// protocol says, but not during a stall.
func (c *Conn) answerControl() {
	ping, closing := c.ws.PingHandler(), c.ws.CloseHandler()
	c.ws.SetPingHandler(func(data string) error {
		if c.stalled.Load() {
			return nil
		}
		return ping(data)
	})
	c.ws.SetCloseHandler(func(code int, reason string) error {
		if c.stalled.Load() {
			return nil
		}
		return closing(code, reason)
	})
}

// Stall lets the connection neither answer nor send anything for a time,
// pongs included. A negative time does not end.
func (c *Conn) Stall(d time.Duration) { c.do(func(s *session) { s.stall(d) }) }

// Cut drops the connection in the middle of a frame.
func (c *Conn) Cut() {
	c.interrupt()
	c.do((*session).cut)
}

// interrupt ends a stall for good.
func (c *Conn) interrupt() { c.once.Do(func() { close(c.hurry) }) }

// sendRaw sends a text frame that the server's own rules did not make.
func (s *session) sendRaw(data []byte) { s.write("", data) }
