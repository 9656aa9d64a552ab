package realtimetest

import (
	"fmt"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/settings"
)

// session is the event loop of one connection. The goroutine of run owns it and all
// its parts; other goroutines use Conn.do.
type session struct {
	*sender
	core   *core
	conn   *Conn
	target target

	// Exactly one of these is not nil once the session is open.
	dialog      *dialog
	translation *translation
	replay      *replay
	sideband    *sideband
}

// newSession returns the session of a connection. cfg must not change.
func newSession(cfg *Config, c *Conn, t target) *session {
	return &session{
		sender: c.out,
		core:   &core{outlet: c.out, idMaker: c.out.idMaker, cfg: cfg, tasks: loop.NewSchedule(cfg.Clock, c.frames.Wake)},
		conn:   c, target: t,
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
	if s.sideband != nil {
		s.sideband.leave()
	}
	s.core.tasks.Stop()
	s.raw.WaitRead()
	s.conn.release()
}

// open sends the first event.
func (s *session) open(refused *refusal) {
	cfg := s.core.cfg
	if refused != nil {
		s.fail(refused.err, "")
		s.close(refused.code, refused.err.Type+"."+protocol.ErrorCode(refused.err))
		return
	}
	if cfg.Replay != nil {
		s.replay = startReplay(s.sender, &s.core.tasks, cfg.Replay, s.conn.query)
		return
	}
	switch script, expires := newScriptState(&cfg.Script, cfg.Logger), cfg.expiry(s.log.started); {
	case s.target.translation:
		s.openTranslation(script, expires)
	case s.target.phone != nil:
		s.openSideband()
	default:
		s.openDialog(script, expires)
	}
	s.inject(s.faults.opening())
	if s.dialog != nil {
		s.dialog.mcp.listNew()
	}
	if d := cfg.SessionLife; d > 0 && s.sideband == nil { // A call has a life of its own.
		s.core.after(d, func() { s.close(websocket.CloseGoingAway, reasonExpired) })
	}
	s.schedulePing()
	s.scheduleEventPing()
}

// reasonExpired is the reason of the close frame at the end of a session's life.
const reasonExpired = "session_expired"

func (s *session) openTranslation(script *scriptState, expires int64) {
	session := settings.NewTranslation(s.id, s.target.model, expires)
	if preset := s.target.translated; preset != nil {
		s.core.logError(settings.ApplyTranslation(&session, preset))
	}
	s.translation = newTranslation(s.core, s.sender, script, session)
	s.emit(&api.TranslationSessionCreated{EventID: s.newID("event"), Session: session})
}

func (s *session) openDialog(script *scriptState, expires int64) {
	set := s.target.settings(s.id, expires)
	if l := s.core.cfg.Like; l != nil {
		set.InputRate = l.InputRate
	}
	if set.Accepts(s.target.preset) {
		s.core.logError(set.Apply(s.target.preset))
	}
	s.dialog = newDialog(s.core, set, script, nil)
	s.emit(&api.SessionCreated{EventID: s.newID("event"), Session: set.Object()})
}

// openSideband attaches the connection to its call, which sends no first event.
func (s *session) openSideband() {
	s.sideband = newSideband(s.conn)
	if !s.target.call.attach(s.sideband) {
		s.close(codeCallEnded, reasonCallEnded)
		return
	}
	s.target.phone.joined(s.conn)
}

func (s *session) schedulePing() {
	if s.core.cfg.PingInterval <= 0 {
		return
	}
	s.core.after(s.core.cfg.PingInterval, func() {
		if s.raw.Ping() != nil {
			s.ended = true
			return
		}
		s.schedulePing()
	})
}

// scheduleEventPing sends the pings of servers that have an event for them.
func (s *session) scheduleEventPing() {
	l := s.core.cfg.Like
	if l == nil || l.Ping <= 0 {
		return
	}
	s.core.after(l.Ping, func() {
		at := s.core.cfg.Clock.Now().UnixMilli()
		s.write("ping", fmt.Appendf(nil, `{"type":"ping","event_id":%q,"timestamp":%d}`, s.newID("event"), at))
		s.scheduleEventPing()
	})
}

// step writes one frame of the call, handles one of the client, or runs one task, and
// reports whether there was one. The client's frames come before tasks, so that the
// client can interrupt a long response.
func (s *session) step() bool {
	if s.sideband != nil && s.sideband.write() {
		return true
	}
	f, ok, closed := s.conn.frames.Pop()
	switch {
	case closed:
		s.ended = true
		return true
	case !ok:
		do, due := s.core.tasks.Due()
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
	case s.dialog != nil || s.sideband != nil:
		decoded := s.core.cfg.checker().Decode(data)
		s.received(decoded.Type, data)
		if s.sideband != nil {
			s.sideband.receive(decoded)
		} else {
			s.deviate(&decoded)
		}
	}
}

// deviate lets the dialog handle an event, unless the server is like one that does not.
func (s *session) deviate(decoded *protocol.Decoded[api.ClientEvent]) {
	l := s.core.cfg.Like
	if l.Ignores(decoded.Type) {
		return
	}
	if l.Refuses(decoded.Type) {
		decoded.Err = protocol.Error("not_implemented", "type", decoded.Type+" is not implemented by "+l.Name)
	}
	if create, ok := decoded.Event.(*api.ResponseCreate); ok && l != nil && l.MetadataErrors && create.Response != nil && !create.Response.Metadata.IsZero() {
		s.fail(protocol.Error("unsupported_parameter", "response.metadata", "response.metadata is not supported"), decoded.ID)
	}
	s.dialog.receive(*decoded)
}
