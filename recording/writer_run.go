package recording

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	base64simd "github.com/voicelane/realtime-go/internal/base64"
)

const (
	maxRuns   = 4 // that are open at once: sound of both sides, its text, arguments
	maxParts  = 8 // of which the position of sound is known
	runLength = Second
)

// run is messages that are merged. What each message changes comes first.
type run struct {
	first   Micros
	last    Micros
	gap     Micros
	n       int
	bytes   int64
	audio   int64  // bytes of sound
	item    string // of the sound
	typ     string
	open    bool
	kind    kind
	conn    int
	content int

	direction Direction
	fate      Fate
	response  string
	at        Micros // position of the sound of the run
	sound     []byte // with KeepAudio
	// name and place are the type and the place as they are written. They last for the runs
	// of a part, in which they do not change; place is empty if it is not known yet.
	name  string
	place []byte
}

// runs are the runs of a recording, and what is known of its sound.
type runs struct {
	*openRuns // nil until there is one

	whole   bool // KeepFrames
	keep    bool // KeepAudio, and not KeepFrames
	in, out codec
}

// openRuns are apart: a session that is silent has none.
type openRuns struct {
	list     [maxRuns]run // the first is that of the model's sound, if it can be
	merged   run          // the last one of Writer.merged that became a line
	sent     Micros
	sentConn int
	made     [maxParts]madePart
	nextMade int
}

// madePart is the length so far of the sound of a part.
type madePart struct {
	item    string
	content int
	len     Micros
}

func (r *runs) init(o *Options) {
	r.in, r.out = pcm24k, pcm24k
	r.whole = o.keeps(KeepFrames)
	r.keep = o.keeps(KeepAudio) && !r.whole
}

// describe notes the formats of a session.
func (r *runs) describe(data []byte) {
	var e struct {
		Session struct {
			Audio struct{ Input, Output struct{ Format eventFormat } }
		}
	}
	_ = json.Unmarshal(data, &e) // What does not fit is PCM.
	r.in, r.out = e.Session.Audio.Input.Format.codec(), e.Session.Audio.Output.Format.codec()
}

// hold makes room for runs.
func (r *runs) hold() {
	if r.openRuns == nil {
		r.openRuns = new(openRuns)
	}
}

func (r *runs) codec(k kind) codec {
	if k == appended {
		return r.in
	}
	return r.out
}

// piece is the place and the sound of a message of a run.
type piece struct {
	item, response string
	content        int
	sound          []byte
	encoded        bool // the sound is base64
}

// read returns the piece of a message, with the texts of an earlier one if they are equal.
func (r *runs) read(p *parts, k kind) piece {
	x := piece{content: p.content, sound: p.sound(k), encoded: true}
	r.hold()
	for i := range r.list {
		if y := &r.list[i]; y.item == string(p.item) && y.response == string(p.response) {
			x.item, x.response = y.item, y.response
			return x
		}
	}
	x.item, x.response = string(p.item), string(p.response)
	return x
}

// bytes returns the length of the sound.
func (x *piece) bytes() int64 {
	if x.encoded {
		return decodedLen(x.sound)
	}
	return int64(len(x.sound))
}

// appendTo appends the sound.
func (x *piece) appendTo(b []byte) []byte {
	if !x.encoded {
		return append(b, x.sound...)
	}
	b, _ = base64.StdEncoding.AppendDecode(b, x.sound)
	return b
}

// piece counts a message in a run. The lock is held.
func (w *Writer) piece(m *Message, k kind, x *piece) {
	if w.runs.whole {
		w.endRuns()
		one := run{direction: m.Direction, kind: k, item: x.item, response: x.response, content: x.content, audio: x.bytes()}
		w.single(m, &one)
		return
	}
	r := w.runOf(m, k, x)
	r.gap = max(r.gap, m.At-r.last)
	r.last = max(r.last, m.At)
	r.n++
	r.bytes += int64(m.Bytes)
	r.audio += x.bytes()
	if w.runs.keep && len(x.sound) > 0 && w.front.size()+len(r.sound) < w.o.BufferBytes/int(all)*int(half) {
		r.sound = x.appendTo(r.sound)
	}
	if !w.armed {
		w.wake(w.o.FlushEvery)
	}
}

// runOf returns the run of a message, a new one if needed. The lock is held.
func (w *Writer) runOf(m *Message, k kind, x *piece) *run {
	w.runs.hold()
	if r := &w.runs.list[0]; r.takes(m, k, x) {
		return r
	}
	var free *run
	for i := range w.runs.list {
		r := &w.runs.list[i]
		if r.takes(m, k, x) {
			return r
		}
		if r.same(m, k, x) {
			w.endRun(r)
			free = r
			break
		}
		if !r.open && (free == nil || k != spoken) {
			free = r
		}
	}
	if free == nil {
		w.endRuns()
		free = &w.runs.list[0]
	}
	place := free.place
	if !free.continues(m, x) {
		place = place[:0]
	}
	*free = run{
		open: true, direction: m.Direction, conn: m.Conn, kind: k, typ: m.Type, fate: m.Fate, first: m.At, last: m.At,
		item: x.item, response: x.response, content: x.content, sound: free.sound[:0], name: free.name, place: place,
	}
	return free
}

// same reports whether a message belongs to the sound or the text of an open run.
func (r *run) same(m *Message, k kind, x *piece) bool {
	return r.open && r.kind == k && r.conn == m.Conn && r.content == x.content && r.item == x.item &&
		r.direction == m.Direction && r.fate == m.Fate && (k != pieces || r.typ == m.Type)
}

// continues reports whether the place of a message is that of the run.
func (r *run) continues(m *Message, x *piece) bool {
	return r.typ == m.Type && r.content == x.content && r.item == x.item && r.response == x.response
}

// takes reports whether a message is counted in a run.
func (r *run) takes(m *Message, k kind, x *piece) bool {
	return m.At >= r.first && m.At-r.first < runLength && r.same(m, k, x)
}

// endRuns writes merged runs, and all open ones, the oldest first. The lock is held.
func (w *Writer) endRuns() {
	w.endMerged()
	for w.runs.openRuns != nil {
		var oldest *run
		for i := range w.runs.list {
			if r := &w.runs.list[i]; r.open && (oldest == nil || r.first < oldest.first) {
				oldest = r
			}
		}
		if oldest == nil {
			return
		}
		w.endRun(oldest)
	}
}

// endRun writes a run and its sound. The lock is held.
func (w *Writer) endRun(r *run) {
	r.open = false
	w.place(r)
	before := len(w.front.lines)
	b := w.appendHead(r.first, r.conn, string(r.direction))
	w.locate(r)
	b = appendMember(b, "type", r.name)
	b = strconv.AppendInt(append(b, `,"bytes":`...), r.bytes, 10)
	if r.fate != "" {
		b = appendMember(b, "fate", string(r.fate))
	}
	b = w.appendSound(b, r, r.n)
	if r.n > 1 {
		b = strconv.AppendInt(append(b, `,"span":`...), int64(r.last-r.first), 10)
		b = strconv.AppendInt(append(b, `,"gap":`...), int64(r.gap), 10)
	}
	b = append(b, "}\n"...)
	w.front.lines = b
	if w.added(before, string(r.direction), threeFourth) && w.runs.keep && r.audio > 0 {
		w.addSound(r)
	}
	if cap(r.sound) > 2*earlyFlush {
		r.sound = nil
	}
}

// appendSound appends what is known of the sound of a run.
func (w *Writer) appendSound(b []byte, r *run, n int) []byte {
	w.locate(r)
	b = strconv.AppendInt(append(b, `,"n":`...), int64(n), 10)
	b = append(b, r.place[1:]...)
	if r.audio > 0 {
		ms := (w.runs.codec(r.kind).length(int(r.audio)) + Millisecond/2) / Millisecond
		b = strconv.AppendInt(append(b, `,"audio_ms":`...), int64(ms), 10)
	}
	return b
}

// locate finds how the place of a run is written.
func (w *Writer) locate(r *run) {
	if len(r.place) > 0 {
		return
	}
	r.name = w.filter.Name(r.typ)
	r.place = append(r.place, ' ') // Known, even if there is none.
	b := r.place
	if r.item != "" {
		b = appendMember(b, "item", w.filter.ID(r.item))
	}
	if r.content > 0 {
		b = strconv.AppendInt(append(b, `,"content":`...), int64(r.content), 10)
	}
	if r.response != "" {
		b = appendMember(b, "response", w.filter.ID(r.response))
	}
	r.place = b
}

// place finds the position of the sound of a run, and moves it on.
func (w *Writer) place(r *run) {
	x := &w.runs
	if !x.keep || r.audio == 0 {
		return
	}
	length := x.codec(r.kind).length(int(r.audio))
	if r.kind == appended {
		if x.sentConn != r.conn {
			x.sentConn, x.sent = r.conn, 0
		}
		r.at = x.sent
		x.sent += length
		return
	}
	for i := range x.made {
		if p := &x.made[i]; p.content == r.content && p.item == r.item {
			r.at = p.len
			p.len += length
			return
		}
	}
	p := &x.made[x.nextMade]
	x.nextMade = (x.nextMade + 1) % maxParts
	*p = madePart{r.item, r.content, length}
	r.at = 0
}

// addSound writes the sound of a run. The lock is held.
func (w *Writer) addSound(r *run) {
	if int64(len(r.sound)) < r.audio {
		w.drop("audio", int(r.audio)) // Some of it was dropped: positions must stay true.
		return
	}
	c := w.runs.codec(r.kind)
	before := len(w.front.lines)
	b := w.appendHead(r.first, r.conn, "audio")
	track := Made
	if r.kind == appended {
		track = Sent
	}
	b = appendMember(b, "track", string(track))
	if r.item != "" {
		b = appendMember(b, "item", w.filter.ID(r.item))
	}
	if r.content > 0 {
		b = strconv.AppendInt(append(b, `,"content":`...), int64(r.content), 10)
	}
	b = strconv.AppendInt(append(b, `,"pos":`...), int64(r.at), 10)
	b = strconv.AppendInt(append(b, `,"len":`...), int64(c.length(len(r.sound))), 10)
	b = appendMember(b, "codec", c.name)
	b = strconv.AppendInt(append(b, `,"rate":`...), int64(c.rate), 10)
	if w.sound == nil {
		b = append(appendBase64(append(b, `,"data":"`...), r.sound), '"')
	} else {
		b = strconv.AppendInt(append(b, `,"ref":{"off":`...), w.offset, 10)
		b = append(strconv.AppendInt(append(b, `,"len":`...), int64(len(r.sound)), 10), '}')
		w.front.addSound(r.sound)
	}
	b = append(b, "}\n"...)
	w.front.lines = b
	kept := w.added(before, "audio", half)
	switch {
	case w.sound == nil:
	case kept:
		w.offset += int64(len(r.sound))
	default:
		w.front.sound = w.front.sound[:len(w.front.sound)-len(r.sound)]
	}
}

// appendBase64 appends the base64 text of data.
func appendBase64(b, data []byte) []byte {
	n := base64simd.EncodedLen(len(data))
	for cap(b)-len(b) < n {
		b = append(b[:cap(b)], 0)[:len(b)]
	}
	b = b[:len(b)+n]
	base64simd.Encode(b[len(b)-n:], data)
	return b
}

// decodedLen returns the number of bytes of a base64 text.
func decodedLen(text []byte) int64 {
	n := int64(len(text))
	for n > 0 && text[n-1] == '=' {
		n--
	}
	return n * 3 / 4
}

// AudioRun is messages with the model's sound that the caller has merged, for
// [Writer.AudioRun].
type AudioRun struct {
	// Type is the name of the events.
	Type string
	// Item, Content and Response are those to which all belong.
	Item     string
	Content  int
	Response string
	// N is the number of messages, Bytes the sum of their sizes, and Audio the length of
	// their decoded sound in bytes.
	N            int
	Bytes, Audio int64
	// At is when the first of them was received, Span the time from there to the last, and
	// Gap the longest between two in a row.
	At, Span, Gap Micros
}

// merged are runs of one part that wait to become lines. With many recordings, a run costs
// the memory that it fetches: what is here is next to what it needs anyway, and the rest is
// fetched once for all of them, when the buffer is written.
type merged struct {
	conn           int
	item, response string
	content        int
	n              int
	list           [8]mergedRun // n of them
	typ            string       // a part has one
}

type mergedRun struct {
	n             int
	bytes, audio  int64
	at, span, gap Micros
}

// AudioRun writes messages of the connection of the last [Dial] that succeeded, as
// [Writer.Message] would after the last of them. It may be called later than that. It is
// for recordings without [KeepAudio] and [KeepFrames]: others would miss the sound, and
// say so with a [Gap].
func (w *Writer) AudioRun(a *AudioRun) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	last := a.At + a.Span
	w.latest = max(w.latest, last)
	if last-w.clock >= clockEvery {
		w.minute(w.Now())
	}
	m := &w.merged
	same := m.content == a.Content && m.conn == w.conn && m.item == a.Item && m.response == a.Response
	if !same || m.n == 0 || m.n == len(m.list) {
		w.endMerged()
		m.typ, m.item, m.response, m.content, m.conn = a.Type, a.Item, a.Response, a.Content, w.conn
	}
	m.list[m.n] = mergedRun{a.N, a.Bytes, a.Audio, a.At, a.Span, a.Gap}
	m.n++
	switch {
	case !w.armed:
		w.wake(w.o.FlushEvery)
	case last >= w.early && w.timer.Stop():
		// What that needs is at hand now; the timer would fetch it from memory again.
		go w.due()
	}
}

// endMerged writes the runs that wait. The lock is held.
func (w *Writer) endMerged() {
	m := &w.merged
	if m.n > 0 {
		w.runs.hold()
	}
	for _, x := range m.list[:m.n] {
		r := &w.runs.merged
		place := r.place
		if r.typ != m.typ || r.content != m.content || r.item != m.item || r.response != m.response {
			place = place[:0]
		}
		*r = run{
			direction: In, conn: m.conn, kind: spoken, typ: m.typ, first: x.at, last: x.at + x.span, gap: x.gap, n: x.n, bytes: x.bytes,
			audio: x.audio, item: m.item, response: m.response, content: m.content, name: r.name, place: place,
		}
		w.endRun(r)
		if w.runs.whole {
			w.drop(string(In), int(x.bytes))
			w.gap.Lines += int64(x.n) - 1 // One for each message.
		}
	}
	m.n = 0
}
