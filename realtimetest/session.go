package realtimetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

const (
	// maxFrame is more than the largest append in base64.
	maxFrame = 32 << 20
	// maxReason is what a close frame holds.
	maxReason = 123
	// closeGrace is how long a client may take to answer a close frame, in real
	// time, and to read one when the server itself closes.
	closeGrace = time.Second
)

// session is one connection's state. Everything in it belongs to the goroutine
// that runs it; others speak to it through conn.frames.
type session struct {
	server *Server
	cfg    *Config
	conn   *Conn
	ws     *websocket.Conn
	target target

	tasks loop.Schedule
	ended bool
	ids   map[string]int
	buf   []byte // For encoding.

	config        *api.RealtimeSession      // Nil in a transcription session.
	transcription *api.TranscriptionSession // Nil in others.
	items         conversation
	input         speech.Buffer
	script        scriptState
	responses     []*response // Those in progress.
	turns         int         // Responses so far.
	spoke         bool        // The model has said something: its voice is fixed.
	idle          *loop.Task  // For idle_timeout_ms.
	usage         usageState
	mcp           mcpState
	faults        faults
	trickle       Trickle
	delayed       []delayed
	translation   *translation // Not nil in a translation session.
	replay        *replay      // Not nil in a session that is replayed.
}

// frame is something for the session to handle: what the client sent, or a
// command from this side.
type frame struct {
	kind    int
	data    []byte
	command func(*session)
}

func newSession(s *Server, c *Conn, t target) *session {
	sess := &session{
		server: s, cfg: &s.cfg, conn: c, ws: c.ws, target: t,
		ids:   map[string]int{},
		mcp:   mcpState{waiting: map[string]*api.MCPApprovalRequest{}},
		tasks: loop.NewSchedule(s.cfg.Clock, c.frames.Wake),
	}
	sess.faults = c.faults
	sess.items.init()
	sess.script.init(&s.cfg.Script)
	sess.usage.limits = append([]api.RateLimit(nil), s.cfg.RateLimits...)
	return sess
}

// run serves the connection until it ends.
func (s *session) run(refused *refusal) {
	defer close(s.conn.done) // Also when a rule of the script panics.
	go func() {
		defer close(s.conn.gone)
		s.read()
	}()
	s.open(refused)
	for !s.ended {
		if s.step() {
			continue
		}
		<-s.conn.frames.Ready()
	}
	s.tasks.Stop()
	// The peer's answer to our close frame, or its end, ends the reader.
	_ = s.ws.NetConn().SetReadDeadline(time.Now().Add(closeGrace))
	<-s.conn.gone
}

// open says hello, or why not.
func (s *session) open(refused *refusal) {
	if refused != nil {
		s.emit(&api.ErrorEvent{EventID: s.newID("event"), Error: *refused.err})
		s.close(refused.code, refused.err.Type+"."+protocol.ErrorCode(refused.err))
		return
	}
	if s.cfg.Replay != nil {
		s.startReplay()
		return
	}
	s.configure()
	s.preset()
	s.attach()
	switch {
	case s.translation != nil:
		s.emit(&api.TranslationSessionCreated{EventID: s.newID("event"), Session: s.translation.session})
	case s.target.callID == "":
		s.emit(&api.SessionCreated{EventID: s.newID("event"), Session: s.snapshot()})
	}
	s.suffer(s.faults.opening())
	s.listMCP()
	if d := s.cfg.SessionLife; d > 0 {
		s.tasks.After(d, func() { s.close(websocket.CloseGoingAway, "session_expired") })
	}
	s.ping()
}

func (s *session) ping() {
	if s.cfg.PingInterval <= 0 {
		return
	}
	s.tasks.After(s.cfg.PingInterval, func() {
		if err := s.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(s.cfg.WriteTimeout)); err != nil {
			s.ended = true
			return
		}
		s.ping()
	})
}

// step does one thing, and reports whether there was one to do. What the
// client sent goes first, so that it can interrupt a long answer.
func (s *session) step() bool {
	f, ok, over := s.conn.frames.Pop()
	switch {
	case over:
		s.ended = true
		return true
	case !ok:
		do, due := s.tasks.Due()
		if due {
			do()
		}
		return due
	case f.command != nil:
		f.command(s)
	case f.kind == websocket.BinaryMessage:
		s.fail(protocol.Error("invalid_message_type", "", "the Realtime API takes text frames only"), "")
	case s.replay != nil:
		s.receiveReplay(f.data)
	case s.translation != nil:
		s.receiveTranslation(f.data)
	default:
		s.receive(f.data)
	}
	return true
}

// read passes the client's frames on until there are no more.
func (s *session) read() {
	defer s.conn.frames.Close()
	s.ws.SetReadLimit(maxFrame)
	s.conn.answerControl()
	for {
		kind, data, err := s.ws.ReadMessage()
		if err != nil {
			if e, ok := errors.AsType[*websocket.CloseError](err); ok {
				s.conn.closedBy(e.Code, e.Text)
			} else {
				s.conn.closedBy(websocket.CloseAbnormalClosure, "")
			}
			return
		}
		s.conn.frames.Push(frame{kind: kind, data: data})
	}
}

// event is what a server can send in either protocol.
type event interface {
	EventType() string
	AppendJSON(dst []byte) ([]byte, error)
}

// emit sends an event.
func (s *session) emit(e event) {
	if s.ended {
		return
	}
	data, err := e.AppendJSON(s.buf[:0])
	if err != nil {
		// Only an event from a script or a test can be one that has no JSON.
		s.server.cfg.Logger.Error("event cannot be encoded", "id", s.conn.id, "type", e.EventType(), "error", err)
		return
	}
	s.buf = data
	s.write(e.EventType(), data)
}

// emitForeign sends an event that did not come from the server's own rules.
func (s *session) emitForeign(e api.ServerEvent) {
	if e == nil {
		return
	}
	data, err := e.AppendJSON(nil)
	if err == nil {
		var members map[string]json.RawMessage
		err = json.Unmarshal(data, &members)
		if id, ok := members["event_id"]; err == nil && ok && string(id) == `""` {
			members["event_id"] = json.RawMessage(`"` + s.newID("event") + `"`)
			data, err = json.Marshal(members)
		}
	}
	if err != nil {
		s.server.cfg.Logger.Error("event cannot be encoded", "id", s.conn.id, "type", e.EventType(), "error", err)
		return
	}
	s.write(e.EventType(), data)
}

// write sends a frame and records it, and lets go wrong what goes wrong with
// it. data may be reused afterwards.
func (s *session) write(wireName string, data []byte) {
	if s.ended {
		return
	}
	if len(s.faults.list) == 0 {
		s.put(wireName, data)
		return
	}
	steps := s.faults.at(Entry{Direction: Sent, Type: wireName, Data: data})
	if frames := late(steps); frames > 0 {
		s.delayed = append(s.delayed, delayed{frames, wireName, slices.Clone(data)})
	} else {
		s.put(wireName, data)
		s.sendDelayed()
	}
	s.suffer(steps)
}

// put sends a frame and records it.
func (s *session) put(wireName string, data []byte) {
	if !s.cfg.DiscardLog || s.cfg.Observe != nil {
		s.conn.record(Sent, wireName, append([]byte(nil), data...))
	}
	if err := s.ws.SetWriteDeadline(time.Now().Add(s.cfg.WriteTimeout)); err != nil {
		s.ended = true
		return
	}
	if s.trickle != (Trickle{}) {
		err := s.drip(data)
		s.ended = s.ended || err != nil
		return
	}
	if err := s.ws.WriteMessage(websocket.TextMessage, data); err != nil {
		s.ended = true
	}
}

// close ends the session; code 0 cuts the connection.
func (s *session) close(code int, reason string) { s.closeWithin(s.cfg.WriteTimeout, code, reason) }

// closeWithin closes; a client that has not read that after d has not heard it.
func (s *session) closeWithin(d time.Duration, code int, reason string) {
	if s.ended {
		return
	}
	s.ended = true
	if code == 0 {
		_ = s.ws.NetConn().Close()
		return
	}
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "")
	}
	s.conn.closing(code, reason)
	message := websocket.FormatCloseMessage(code, reason)
	_ = s.ws.WriteControl(websocket.CloseMessage, message, time.Now().Add(d))
}

// newID returns an id that is unique in the process' servers and the same in
// every run of a test.
func (s *session) newID(kind string) string {
	s.ids[kind]++
	return fmt.Sprintf("%s_%s_%04d", kind, s.conn.id[len("sess_"):], s.ids[kind])
}

// after runs f on the session's goroutine once d has passed.
func (s *session) after(d time.Duration, f func()) *loop.Task { return s.tasks.After(d, f) }
