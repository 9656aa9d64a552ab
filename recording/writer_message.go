package recording

import (
	"strconv"
	"time"

	"github.com/voicelane/realtime-go/internal/deep"
)

// Message is a message of a connection, for [Writer.Message].
type Message struct {
	// Direction is [In] or [Out]; a message with another is dropped.
	Direction Direction
	// Conn counts the sockets of the session from 1.
	Conn int
	// Type is the name of the event. If it is "", it is read from Data.
	Type string
	// Data is the message. It is not kept. Nil if it is not known: a message that was never
	// written.
	Data []byte
	// Bytes is the size on the wire; default the length of Data.
	Bytes int
	// Fate is what became of a message to the service.
	Fate Fate
	// At is when it was received or left the queue; default now. Wrote is when its write
	// ended, 0 if that was at once; it is recorded if it is a millisecond or more after At.
	At, Wrote Micros
}

// Piece is a piece of sound or of text, for [Writer.Piece].
type Piece struct {
	// Item, Content and Response are those to which it belongs.
	Item     string
	Content  int
	Response string
	// Sound is the decoded sound; nil for text. It is not kept.
	Sound []byte
}

// Message writes a message, or counts it in a run. It takes no memory for messages with
// sound or pieces of text once the recording has seen as much sound before.
func (w *Writer) Message(m Message) {
	if m.Type == "" {
		m.Type = typeOf(m.Data)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.arrived(&m) {
		w.encoded(&m)
	}
}

// encoded counts a message in a run that is read for it. It is apart so that other messages
// do without its part of the stack. The lock is held.
//
//go:noinline
func (w *Writer) encoded(m *Message) {
	parts, k := partsOf(m.Data), kindOf(m.Type)
	x := w.runs.read(&parts, k)
	w.piece(m, k, &x)
}

// Piece is [Writer.Message] for a message whose sound, or piece of text, the caller has
// decoded, and whose Type is set: it is not read again. Without a Conn it belongs to the
// connection of the last [Dial] that succeeded. Neither argument is kept.
func (w *Writer) Piece(m Message, p *Piece) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.Conn == 0 {
		m.Conn = w.conn
	}
	if w.arrived(&m) {
		x := piece{item: p.Item, response: p.Response, content: p.Content, sound: p.Sound}
		w.piece(&m, kindOf(m.Type), &x)
	}
}

// arrived completes a message, and writes it unless it is to be counted in a run. The
// lock is held.
func (w *Writer) arrived(m *Message) (isPiece bool) {
	if w.over {
		return false
	}
	if m.Bytes == 0 {
		m.Bytes = len(m.Data)
	}
	if m.Direction != In && m.Direction != Out {
		w.drop(string(Out), m.Bytes)
		return false
	}
	if m.At == 0 {
		m.At = w.Now() // Under the lock: times do not go back.
	}
	w.latest = max(w.latest, m.At)
	if m.At-w.clock >= clockEvery {
		w.minute(m.At)
	}
	if m.Data != nil && (m.Fate == "" || m.Fate == FateWritten) && kindOf(m.Type) != single {
		return true
	}
	w.endRuns()
	if m.Direction == In && (m.Type == "session.created" || m.Type == "session.updated") {
		w.settings(*m)
	} else {
		w.single(m, nil)
	}
	return false
}

// settings writes the settings of a session, which are nested deeper than other messages. The
// lock is held.
func (w *Writer) settings(m Message) {
	deep.Run(func() {
		w.single(&m, nil)
		w.runs.describe(m.Data)
	})
}

// single writes a message as a line of its own. r is what is known of its sound, nil for
// none. The lock is held.
func (w *Writer) single(m *Message, r *run) {
	before := len(w.front.lines)
	b := w.appendHead(m.At, m.Conn, string(m.Direction))
	if name := w.filter.Name(m.Type); name != "" {
		b = appendMember(b, "type", name)
	}
	b = strconv.AppendInt(append(b, `,"bytes":`...), int64(m.Bytes), 10)
	if m.Fate != "" {
		b = appendMember(b, "fate", w.filter.Name(string(m.Fate)))
	}
	if m.Wrote-m.At >= Millisecond {
		b = strconv.AppendInt(append(b, `,"wrote":`...), int64(m.Wrote), 10)
	}
	if r != nil {
		b = w.appendSound(b, r, 1)
	}
	if m.Data != nil {
		b = w.appendEvent(b, m)
	}
	b = append(b, "}\n"...)
	w.front.lines = b
	w.added(before, string(m.Direction), all)
}

// appendEvent appends what is kept of a message. The lock is held.
func (w *Writer) appendEvent(b []byte, m *Message) []byte {
	before := len(b)
	b = append(b, `,"event":`...)
	b, ok := w.filter.Append(b, m.Type, m.Data)
	if ok {
		return b
	}
	b = b[:before]
	if w.o.keeps(KeepFrames) {
		b = append(appendBase64(append(b, `,"raw":"`...), w.keptRaw(m.Data)), '"')
	}
	return b
}

// keptRaw returns a message that is no JSON object without credentials, and masked.
func (w *Writer) keptRaw(data []byte) []byte { return w.filter.Raw("raw", data) }

// appendHead begins a line.
func (w *Writer) appendHead(at Micros, conn int, kind string) []byte {
	b := strconv.AppendInt(append(w.front.text(), `{"at":`...), int64(at), 10)
	b = append(append(append(b, `,"k":"`...), kind...), '"')
	if conn > 0 {
		b = strconv.AppendInt(append(b, `,"conn":`...), int64(conn), 10)
	}
	return b
}

// appendMember appends a member with a text that needs no escapes.
func appendMember(b []byte, name, value string) []byte {
	b = append(append(append(b, `,"`...), name...), `":"`...)
	return append(append(b, value...), '"')
}

// clockEvery is the time between two clock lines.
const clockEvery = Micros(time.Minute / time.Microsecond)

// minute writes the wall clock. The lock is held.
func (w *Writer) minute(at Micros) {
	w.clock = at
	before := len(w.front.lines)
	b := w.appendHead(at, 0, "clock")
	b = append(b, `,"wall":"`...)
	b = time.Now().UTC().AppendFormat(b, "2006-01-02T15:04:05.000000Z")
	b = append(b, "\"}\n"...)
	w.front.lines = b
	w.added(before, "clock", all)
}
