package server

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/bench/internal/frames"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// buffers hold a message of a client. What is longer is not looked at.
var buffers = sync.Pool{New: func() any { return new([16 << 10]byte) }}

func nowMonotonic() time.Duration { return stat.Monotonic() }

// delays are the answer to "delays".
type delays struct {
	Delays stat.Delays `json:"delays"`
}

// flooded is the answer to "flood".
type flooded struct {
	Bytes int64 `json:"bytes"`
}

// read reads what a client sends, until the connection ends: it counts audio and answers
// updates of the session, as an agent expects.
func (s *server) read(ws *websocket.Conn, c *session) {
	defer c.Close()
	for {
		_, r, err := ws.NextReader()
		if err != nil {
			return
		}
		buf, ok := buffers.Get().(*[16 << 10]byte)
		if !ok {
			return
		}
		n, err := io.ReadFull(r, buf[:])
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return
		}
		message := buf[:n]
		if at := frames.AudioAt(message); at >= 0 {
			s.heard.Add(1)
			if s.timed.Load() {
				s.delays.Add(nowMonotonic() - frames.StampedText(message[at:]))
			}
		} else if bytes.Contains(message, []byte(`"session.update"`)) {
			if _, err := c.Write(frames.Wire([]byte(frames.SessionUpdated))); err != nil {
				return
			}
			c.updated.Store(true)
		}
		buffers.Put(buf)
	}
}

// patience is how long flood waits for a session that takes nothing.
const patience = time.Second

// flood sends audio to the sessions of a range, as fast as they take it.
func (s *server) flood(some Range, size int64) flooded {
	s.mu.Lock()
	list := s.sessions[min(some.From, len(s.sessions)):min(some.To, len(s.sessions))]
	d := newDeltas(Sound)
	s.mu.Unlock()
	var g sync.WaitGroup
	var mu sync.Mutex
	var sum flooded
	for _, c := range list {
		g.Go(func() {
			sent := int64(0)
			if c.begin() != nil {
				return
			}
			for i := 0; sent < size; i++ {
				_ = c.SetWriteDeadline(time.Now().Add(patience))
				n, err := c.Write(d.frames[i%len(d.frames)])
				sent += int64(n)
				if err != nil {
					break
				}
			}
			mu.Lock()
			defer mu.Unlock()
			sum.Bytes += sent
		})
	}
	g.Wait()
	return sum
}
