package realtimetest

import (
	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// callSession is the session of a call. It begins when the call is accepted and ends
// with the call, whatever sidebands come and go: all of them get its events and can
// steer it. The goroutine of run owns it and its parts; other goroutines use do.
type callSession struct {
	*core
	phone  *PhoneCall
	dialog *dialog
	queue  *loop.Queue[func()]
	done   chan struct{} // Closed when run has returned.

	sidebands []*sideband
	origin    *sideband // Whose event is being handled, nil if it is none of a sideband.
	ended     bool
}

// newCallSession returns the session of a call, for newLine. t holds its preset and its
// model.
func newCallSession(cfg *Config, phone *PhoneCall, id string, t target) *callSession {
	c := &callSession{phone: phone, queue: loop.NewQueue[func()](), done: make(chan struct{})}
	c.core = &core{outlet: c, idMaker: newIDMaker(id), cfg: cfg, tasks: loop.NewSchedule(cfg.Clock, c.queue.Wake)}
	set := t.settings(id, cfg.expiry(cfg.Clock.Now()))
	if set.Accepts(t.preset) {
		c.logError(set.Apply(t.preset))
	}
	c.dialog = newDialog(c.core, set, newScriptState(&cfg.Script, cfg.Logger), phone)
	return c
}

// run holds the conversation until the call ends.
func (c *callSession) run() {
	defer close(c.done) // Also when a rule of the script panics.
	c.dialog.mcp.listNew()
	if d := c.cfg.SessionLife; d > 0 {
		c.after(d, func() { c.expire() })
	}
	for !c.ended {
		if do, ok, _ := c.queue.Pop(); ok {
			do()
		} else if do, due := c.tasks.Due(); due {
			do()
		} else {
			<-c.queue.Ready()
		}
	}
	c.tasks.Stop()
	c.queue.Discard()
}

// expire ends the call after its life.
func (c *callSession) expire() {
	c.leaveAll(websocket.CloseGoingAway, reasonExpired)
	c.phone.finish(End{By: EndServer})
}

// do runs f on the session's goroutine, unless the session has ended, and waits for the
// end of f.
func (c *callSession) do(f func()) {
	over := make(chan struct{})
	c.queue.Push(func() { f(); close(over) })
	select {
	case <-over:
	case <-c.done:
	}
}

// Codes and reasons of the close frame that a sideband gets at the end of its call.
const (
	codeCallEnded   = websocket.CloseNormalClosure
	reasonCallEnded = "call_ended"
)

// attach adds a sideband and reports whether the call is not over.
func (c *callSession) attach(s *sideband) bool {
	attached := false
	c.do(func() {
		if attached = !c.ended; attached {
			s.call = c
			c.sidebands = append(c.sidebands, s)
		}
	})
	return attached
}

// speak takes audio of the caller, which is 24 kHz PCM16.
func (c *callSession) speak(sound []byte) {
	c.queue.Push(func() { c.dialog.input.appendCaller(sound) })
}

// press takes keys of the caller's phone.
func (c *callSession) press(keys string) {
	c.queue.Push(func() {
		for _, key := range keys {
			c.emit(&api.InputAudioBufferDTMFEventReceived{Event: string(key), ReceivedAt: int(c.cfg.Clock.Now().Unix())})
		}
	})
}

// hangUp closes all sidebands and ends the session.
func (c *callSession) hangUp() {
	c.queue.Push(func() { c.leaveAll(codeCallEnded, reasonCallEnded) })
}

func (c *callSession) leaveAll(code int, reason string) {
	c.ended = true
	for _, s := range c.sidebands {
		s.conn.Close(code, reason)
	}
}

// The methods below make the session its own outlet.

func (c *callSession) emit(e event) {
	data, err := e.AppendJSON(nil)
	if err != nil {
		logUnencodable(c.cfg.Logger, c.id, e, err)
		return
	}
	for _, s := range c.sidebands {
		s.push(func() { s.conn.out.write(e.EventType(), data) })
	}
}

func (c *callSession) fail(e *api.Error, id string) {
	if c.origin == nil {
		c.emit(c.errorEvent(e, id))
		return
	}
	s, failure := c.origin, c.errorEvent(e, id)
	s.push(func() { s.conn.out.emit(failure) })
}

func (c *callSession) perform(step Step) {
	if emit, ok := step.(Emit); ok && emit.Event != nil {
		data, err := c.encodeForeign(emit.Event)
		if err != nil {
			logUnencodable(c.cfg.Logger, c.id, emit.Event, err)
			return
		}
		for _, s := range c.sidebands {
			s.push(func() { s.conn.out.write(emit.Event.EventType(), data) })
		}
		return
	}
	for _, s := range c.sidebands {
		s.push(func() { s.conn.out.perform(step) })
	}
}

func (c *callSession) closed() bool { return c.ended }

// sideband is a connection that watches and steers a call. Its connection's goroutine
// owns it, except for push.
type sideband struct {
	conn *Conn
	call *callSession // Set by attach.
	out  *loop.Queue[func()]
}

func newSideband(conn *Conn) *sideband { return &sideband{conn: conn, out: loop.NewQueue[func()]()} }

// push makes the connection's goroutine run f, before it handles the client's next
// frame. The call's goroutine calls it.
func (s *sideband) push(f func()) {
	s.out.Push(f)
	s.conn.frames.Wake()
}

// write runs one function of push and reports whether there was one.
func (s *sideband) write() bool {
	f, ok, _ := s.out.Pop()
	if ok {
		f()
	}
	return ok
}

// receive lets the call handle an event, and returns when it has: the order of a
// connection's log does not depend on two goroutines.
func (s *sideband) receive(decoded protocol.Decoded[api.ClientEvent]) {
	if s.call == nil {
		return
	}
	s.call.do(func() {
		s.call.origin = s
		s.call.dialog.receive(decoded)
		s.call.origin = nil
	})
}

// leave detaches the sideband from its call, which goes on.
func (s *sideband) leave() {
	if s.call == nil {
		return
	}
	s.call.do(func() {
		for i, other := range s.call.sidebands {
			if other == s {
				s.call.sidebands = append(s.call.sidebands[:i], s.call.sidebands[i+1:]...)
				break
			}
		}
	})
	s.out.Discard()
	s.call.phone.left(s.conn)
}
