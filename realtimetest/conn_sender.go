package realtimetest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/rawconn"
	"github.com/voicelane/realtime-go/realtimetest/like"
)

// event is an event that the server sends, of either protocol.
type event interface {
	EventType() string
	AppendJSON(dst []byte) ([]byte, error)
}

// sender encodes, records and writes the events of one session, injects the
// faults of its connection, and makes ids. It belongs to the session's goroutine.
type sender struct {
	*idMaker
	raw    *rawconn.Conn
	log    *frameLog
	logger *slog.Logger
	faults faultState
	like   *like.Server // May be nil.
	// writeTimeout is the real time to write a close frame.
	writeTimeout time.Duration

	ended   bool // Nothing is written any more, and the session's loop returns.
	delayed []delayedFrame
	buf     []byte // For encoding.
}

// delayedFrame is a frame that [Late] holds back.
type delayedFrame struct {
	frames   int // That are sent before this one.
	wireName string
	data     []byte
}

// maxBuffer is the size up to which the memory of an event is used again.
const maxBuffer = 1 << 20

// idMaker makes the ids of one session. It belongs to the session's goroutine.
type idMaker struct {
	id     string         // Of the session: "sess_" and a text that is unique in the server.
	counts map[string]int // Numbers of ids by kind.
}

func newIDMaker(id string) *idMaker { return &idMaker{id: id, counts: map[string]int{}} }

// newID returns an id that is unique in the server and equal in each run of a test.
func (m *idMaker) newID(kind string) string {
	m.counts[kind]++
	return fmt.Sprintf("%s_%s_%04d", kind, m.suffix(), m.counts[kind])
}

// suffix returns the part of the session's id that its other ids have too.
func (m *idMaker) suffix() string { return m.id[len("sess_"):] }

// emit sends an event.
func (s *sender) emit(e event) {
	if s.ended {
		return
	}
	data, err := e.AppendJSON(s.buf[:0])
	if err != nil {
		logUnencodable(s.logger, s.id, e, err)
		return
	}
	if s.buf = data; cap(data) > maxBuffer {
		s.buf = nil
	}
	if s.like == nil {
		s.write(e.EventType(), data)
		return
	}
	newID := func() string { return s.newID("event") }
	for _, sent := range s.like.Rewrite(like.Event{Name: e.EventType(), Data: data}, newID) {
		s.write(sent.Name, sent.Data)
	}
}

// emitForeign sends an event of a script or a test. An empty event id is filled in.
func (s *sender) emitForeign(e api.ServerEvent) {
	if e == nil {
		return
	}
	data, err := s.encodeForeign(e)
	if err != nil {
		logUnencodable(s.logger, s.id, e, err)
		return
	}
	s.write(e.EventType(), data)
}

// encodeForeign encodes an event of a script or a test. An empty event id is filled in.
func (m *idMaker) encodeForeign(e api.ServerEvent) ([]byte, error) {
	data, err := e.AppendJSON(nil)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	if id, ok := members["event_id"]; ok && string(id) == `""` {
		members["event_id"] = quoted(m.newID("event"))
		return json.Marshal(members)
	}
	return data, nil
}

// logUnencodable logs an event without JSON, which only a script or a test makes.
func logUnencodable(logger *slog.Logger, session string, e event, err error) {
	logger.Error("event cannot be encoded", "id", session, "type", e.EventType(), "error", err)
}

// errorEvent returns the error event for an error about the client's event of that id,
// which may be empty.
func (m *idMaker) errorEvent(e *api.Error, id string) *api.ErrorEvent {
	sent := *e
	if id != "" {
		sent.EventID = api.Value(id)
	}
	return &api.ErrorEvent{EventID: m.newID("event"), Error: sent}
}

// closed reports whether nothing is written any more.
func (s *sender) closed() bool { return s.ended }

// sendRaw sends a text frame of a script or a test.
func (s *sender) sendRaw(data []byte) { s.write("", data) }

// fail sends an error event. id is the id of the event that caused it, empty if
// there is none.
func (s *sender) fail(e *api.Error, id string) { s.emit(s.errorEvent(e, id)) }

// received records a frame of the client and injects the faults at it.
func (s *sender) received(wireName string, data []byte) {
	s.log.record(Received, wireName, data)
	if s.faults.enabled() {
		s.inject(s.faults.at(Entry{Direction: Received, Type: wireName, Data: data}))
	}
}

// write sends a frame and injects the faults at it. It does not keep data.
func (s *sender) write(wireName string, data []byte) {
	if s.ended {
		return
	}
	if !s.faults.enabled() {
		s.put(wireName, data)
		return
	}
	steps := s.faults.at(Entry{Direction: Sent, Type: wireName, Data: data})
	if frames := lateBy(steps); frames > 0 {
		s.delayed = append(s.delayed, delayedFrame{frames, wireName, slices.Clone(data)})
	} else {
		s.put(wireName, data)
		s.putDelayed()
	}
	s.inject(steps)
}

// put records and writes a frame.
func (s *sender) put(wireName string, data []byte) {
	if s.log.enabled() {
		s.log.record(Sent, wireName, append([]byte(nil), data...))
	}
	if s.raw.Write(data) != nil {
		s.ended = true
	}
}

// putDelayed sends the delayed frames whose time has come.
func (s *sender) putDelayed() {
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

// inject performs the steps of faults.
func (s *sender) inject(steps []Step) {
	for _, step := range steps {
		if trickle, ok := step.(Trickle); ok {
			s.raw.Slow(trickle.Bytes, trickle.Every)
			continue
		}
		s.perform(step)
	}
}

// perform performs a step that acts on the connection and ignores others. Deny acts
// before the handshake, and Late in write.
func (s *sender) perform(step Step) {
	switch step := step.(type) {
	case HangUp:
		s.close(step.Code, step.Reason)
	case Cut:
		s.cut()
	case Stall:
		s.raw.Stall(time.Duration(step))
	case Send:
		s.sendRaw(step.Data)
	case Emit:
		s.emitForeign(step.Event)
	default:
	}
}

// cut closes the connection in the middle of a frame.
func (s *sender) cut() {
	if s.ended {
		return
	}
	s.ended = true
	s.raw.Cut()
}

// close ends the session. Code 0 closes the connection without a close frame.
func (s *sender) close(code int, reason string) { s.closeWithin(s.writeTimeout, code, reason) }

// closeWithin closes as close does, with d to write the close frame.
func (s *sender) closeWithin(d time.Duration, code int, reason string) {
	if s.ended {
		return
	}
	s.ended = true
	if code == 0 {
		s.raw.Drop()
		return
	}
	reason = rawconn.TrimReason(reason)
	s.log.closedByServer(code, reason)
	s.raw.Close(d, code, reason)
}
