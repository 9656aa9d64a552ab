package realtimetest

import (
	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/settings"
)

// session is the event loop of one connection. The goroutine of run owns it and all
// its parts; other goroutines use Conn.do.
type session struct {
	*core
	conn   *Conn
	target target

	// Exactly one of these is not nil once the session is open.
	dialog      *dialog
	translation *translation
	replay      *replay
}

// newSession returns the session of a connection. cfg must not change.
func newSession(cfg *Config, c *Conn, t target) *session {
	return &session{
		core: &core{sender: c.out, cfg: cfg, tasks: loop.NewSchedule(cfg.Clock, c.frames.Wake)},
		conn: c, target: t,
	}
}

// run serves the connection until it ends. refused, if not nil, is why the
// connection is refused.
func (s *session) run(refused *refusal) {
	defer close(s.log.done) // Also when a rule of the script panics.
	go s.conn.read()
	s.open(refused)
	for !s.ended {
		if !s.step() {
			<-s.conn.frames.Ready()
		}
	}
	s.tasks.Stop()
	s.raw.WaitRead()
	s.conn.release()
}

// open sends the first event.
func (s *session) open(refused *refusal) {
	if refused != nil {
		s.fail(refused.err, "")
		s.close(refused.code, refused.err.Type+"."+protocol.ErrorCode(refused.err))
		return
	}
	if s.cfg.Replay != nil {
		s.replay = startReplay(s.core, s.cfg.Replay, s.conn.query)
		return
	}
	script := newScriptState(&s.cfg.Script)
	expires := s.cfg.expiry(s.log.started)
	if s.target.translation {
		s.openTranslation(script, expires)
	} else {
		s.openDialog(script, expires)
	}
	s.inject(s.faults.opening())
	if s.dialog != nil {
		s.dialog.mcp.listNew()
	}
	if d := s.cfg.SessionLife; d > 0 {
		s.after(d, func() { s.close(websocket.CloseGoingAway, "session_expired") })
	}
	s.schedulePing()
}

func (s *session) openTranslation(script *scriptState, expires int64) {
	session := settings.NewTranslation(s.id, s.target.model, expires)
	if preset := s.target.translated; preset != nil {
		s.logError(settings.ApplyTranslation(&session, preset))
	}
	s.translation = newTranslation(s.core, script, session)
	s.emit(&api.TranslationSessionCreated{EventID: s.newID("event"), Session: session})
}

func (s *session) openDialog(script *scriptState, expires int64) {
	set := s.target.settings(s.id, expires)
	if set.Accepts(s.target.preset) {
		s.logError(set.Apply(s.target.preset))
	}
	s.dialog = newDialog(s.core, set, script, s.target)
	if phone := s.target.phone; phone != nil && !phone.attach(s.conn, s.dialog.input.appendCaller) {
		s.close(1000, "call_ended")
	}
	if s.target.callID == "" {
		s.emit(&api.SessionCreated{EventID: s.newID("event"), Session: set.Object()})
	}
}

// logError logs an error in a preset. Presets were checked when they were made.
func (s *session) logError(err *api.Error) {
	if err != nil {
		s.logger.Error("preset cannot be applied", "id", s.id, "error", err.Message)
	}
}

func (s *session) schedulePing() {
	if s.cfg.PingInterval <= 0 {
		return
	}
	s.after(s.cfg.PingInterval, func() {
		if s.raw.Ping() != nil {
			s.ended = true
			return
		}
		s.schedulePing()
	})
}

// step handles one frame, or runs one task, and reports whether there was one.
// Frames come first, so that the client can interrupt a long response.
func (s *session) step() bool {
	f, ok, closed := s.conn.frames.Pop()
	switch {
	case closed:
		s.ended = true
		return true
	case !ok:
		do, due := s.tasks.Due()
		if due {
			do()
		}
		return due
	case f.do != nil:
		f.do()
	case f.kind == websocket.BinaryMessage:
		s.fail(protocol.Error("invalid_message_type", "", "the Realtime API takes text frames only"), "")
	default:
		s.receive(f.data)
	}
	return true
}

func (s *session) receive(data []byte) {
	switch {
	case s.replay != nil:
		s.replay.receive(data)
	case s.translation != nil:
		s.translation.receive(data)
	case s.dialog != nil:
		s.dialog.receive(data)
	}
}
