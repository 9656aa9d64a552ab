package realtimetest

import (
	"encoding/binary"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// Fault is something that goes wrong at a point of a connection.
type Fault struct {
	// Conn is the connection in the order in which clients dialed, from 1. With
	// 0 the fault is for each of them.
	Conn int
	// At is the frame that the fault is at: [Is] names one. Nil is the opening
	// of the connection.
	At func(Entry) bool
	// Nth is how many such frames there must have been; 0 is 1.
	Nth int
	// Do is what goes wrong, after the frame: [HangUp], [Cut], [Stall], [Send],
	// [Emit], [Trickle], or [Late] for the frame itself. At the opening it may
	// also be [Deny].
	Do Step
}

type (
	// Deny answers the handshake with an HTTP status, such as 429, in place of
	// the switch of protocols. RetryAfter, if not 0, is told to the client.
	Deny struct {
		Status     int
		RetryAfter time.Duration
	}
	// Trickle lets each frame from here on come in pieces of so many bytes, with
	// a pause behind each.
	Trickle struct {
		Bytes int
		Every time.Duration
	}
	// Late sends the frame only after so many of those that follow it.
	// The transcripts of what users say, rate_limits.updated, and the events of a
	// response outside of the conversation have no fixed place in the protocol;
	// clients may rely on the order of others.
	Late int
)

func (Deny) isStep()    {}
func (Trickle) isStep() {}
func (Late) isStep()    {}

// faults is how far a connection has come in the faults of its server.
type faults struct {
	list []Fault
	seen []int
}

func (f *faults) init(list []Fault, number int) {
	for _, fault := range list {
		if fault.Conn == 0 || fault.Conn == number {
			f.list = append(f.list, fault)
		}
	}
	f.seen = make([]int, len(f.list))
}

// at returns what goes wrong at a frame.
func (f *faults) at(e Entry) []Step {
	var steps []Step
	for i, fault := range f.list {
		if fault.At == nil || !fault.At(e) {
			continue
		}
		f.seen[i]++
		if f.seen[i] == max(fault.Nth, 1) {
			steps = append(steps, fault.Do)
		}
	}
	return steps
}

// opening returns what goes wrong when the connection opens.
func (f *faults) opening() []Step {
	var steps []Step
	for _, fault := range f.list {
		if fault.At == nil {
			steps = append(steps, fault.Do)
		}
	}
	return steps
}

// denied answers the handshake if a fault says so.
func (f *faults) denied(w http.ResponseWriter) bool {
	for _, step := range f.opening() {
		deny, ok := step.(Deny)
		if !ok {
			continue
		}
		if deny.RetryAfter > 0 {
			seconds := (deny.RetryAfter + time.Second - 1) / time.Second
			w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
		}
		writeError(w, deny.Status, protocol.Error(denialCode(deny.Status), "", http.StatusText(deny.Status)))
		return true
	}
	return false
}

func denialCode(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "invalid_api_key"
	case http.StatusTooManyRequests:
		return "rate_limit_exceeded"
	default:
		return "denied"
	}
}

// suffer lets things go wrong.
func (s *session) suffer(steps []Step) {
	for _, step := range steps {
		switch step := step.(type) {
		case HangUp:
			s.close(step.Code, step.Reason)
		case Cut:
			s.cut()
		case Stall:
			s.stall(time.Duration(step))
		case Send:
			s.sendRaw(step.Data)
		case Emit:
			s.emitForeign(step.Event)
		case Trickle:
			s.trickle = step
		default: // Deny was done, Late is done before, and others are none.
		}
	}
}

// late returns how many frames a frame is to be late by.
func late(steps []Step) (frames int) {
	for _, step := range steps {
		if l, ok := step.(Late); ok {
			frames += int(l)
		}
	}
	return frames
}

// delayed is a frame that waits for others to pass.
type delayed struct {
	frames   int
	wireName string
	data     []byte
}

// sendDelayed sends the frames that enough others have passed.
func (s *session) sendDelayed() {
	for i := 0; i < len(s.delayed); i++ {
		d := &s.delayed[i]
		if d.frames--; d.frames > 0 {
			continue
		}
		due := *d
		s.delayed = append(s.delayed[:i], s.delayed[i+1:]...)
		i--
		s.put(due.wireName, due.data)
	}
}

// drip writes a frame in pieces. Pings are not answered in between, for a pong
// would be in the middle of the frame.
func (s *session) drip(data []byte) error {
	s.conn.stalled.Store(true)
	defer s.conn.stalled.Store(false)
	const text, short, word = 0x81, 125, 1 << 16
	frame := []byte{text}
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
		n := min(max(s.trickle.Bytes, 1), len(frame))
		if err := s.ws.NetConn().SetWriteDeadline(time.Now().Add(s.cfg.WriteTimeout)); err != nil {
			return err
		}
		if _, err := s.ws.NetConn().Write(frame[:n]); err != nil {
			return err
		}
		frame = frame[n:]
		if len(frame) > 0 && !s.pause(s.trickle.Every) {
			return websocket.ErrCloseSent
		}
	}
	return nil
}

// pause waits, and reports whether it could.
func (s *session) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	over := make(chan struct{})
	stop := s.cfg.Clock.AfterFunc(d, func() { close(over) })
	defer stop()
	select {
	case <-over:
		return true
	case <-s.conn.hurry:
	case <-s.conn.gone:
	}
	return false
}

// ExpireSecrets lets all client secrets end that the server has issued so far.
// Sessions that they have started go on.
func (s *Server) ExpireSecrets() {
	s.rest.mu.Lock()
	defer s.rest.mu.Unlock()
	for _, secret := range s.rest.secrets {
		secret.expires = time.Time{}
	}
}
