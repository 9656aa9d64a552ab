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

// run is messages that are merged.
type run struct {
	open      bool
	direction Direction
	conn      int
	kind      kind
	typ       string
	fate      Fate
	item      []byte
	response  []byte
	content   int
	first     Micros
	last      Micros
	gap       Micros
	n         int
	bytes     int64
	audio     int64  // bytes of sound
	sound     []byte // with KeepAudio
	at        Micros // position of the sound of the run
}

// runs are the open runs of a recording, and what is known of its sound.
type runs struct {
	list       [maxRuns]run
	in, out    codec
	whole      bool // KeepFrames
	keep       bool // KeepAudio, and not KeepFrames
	sent       Micros
	sentConn   int
	made       [maxParts]madePart
	nextMade   int
	latest     int // index of the run that took the latest message
	sessionBuf struct {
		Session struct {
			Audio struct{ Input, Output struct{ Format eventFormat } }
		}
	}
}

// madePart is the length so far of the sound of a part.
type madePart struct {
	item    []byte
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
	r.sessionBuf.Session.Audio.Input.Format, r.sessionBuf.Session.Audio.Output.Format = eventFormat{}, eventFormat{}
	_ = json.Unmarshal(data, &r.sessionBuf) // What does not fit is PCM.
	r.in, r.out = r.sessionBuf.Session.Audio.Input.Format.codec(), r.sessionBuf.Session.Audio.Output.Format.codec()
}

func (r *runs) codec(k kind) codec {
	if k == appended {
		return r.in
	}
	return r.out
}

// piece counts a message in a run. The lock is held.
func (w *Writer) piece(m *Message, k kind, p *parts) {
	if w.runs.whole {
		w.endRuns()
		one := run{direction: m.Direction, kind: k, item: p.item, response: p.response, content: p.content, audio: decodedLen(p.sound(k))}
		w.single(m, &one)
		return
	}
	r := w.runOf(m, k, p)
	r.gap = max(r.gap, m.At-r.last)
	r.last = max(r.last, m.At)
	r.n++
	r.bytes += int64(m.Bytes)
	sound := p.sound(k)
	r.audio += decodedLen(sound)
	if w.runs.keep && len(sound) > 0 && w.front.size()+len(r.sound) < w.o.BufferBytes/int(all)*int(half) {
		r.sound, _ = base64.StdEncoding.AppendDecode(r.sound, sound)
	}
	w.wake(w.o.FlushEvery)
}

// runOf returns the run of a message, a new one if needed. The lock is held.
func (w *Writer) runOf(m *Message, k kind, p *parts) *run {
	if r := &w.runs.list[w.runs.latest]; r.takes(m, k, p) {
		return r
	}
	var free *run
	for i := range w.runs.list {
		r := &w.runs.list[i]
		if !r.open {
			free = r
			continue
		}
		if r.takes(m, k, p) {
			w.runs.latest = i
			return r
		}
		if r.same(m, k, p) {
			w.endRun(r)
			free = r
			break
		}
	}
	if free == nil {
		w.endRuns()
		free = &w.runs.list[0]
	}
	*free = run{
		open: true, direction: m.Direction, conn: m.Conn, kind: k, typ: m.Type, fate: m.Fate, content: p.content, first: m.At, last: m.At,
		item: append(free.item[:0], p.item...), response: append(free.response[:0], p.response...), sound: free.sound[:0],
	}
	return free
}

// same reports whether a message belongs to the sound or the text of a run.
func (r *run) same(m *Message, k kind, p *parts) bool {
	return r.open && r.kind == k && r.direction == m.Direction && r.conn == m.Conn && r.content == p.content && r.fate == m.Fate &&
		string(r.item) == string(p.item) && (k != pieces || r.typ == m.Type)
}

// takes reports whether a message is counted in a run.
func (r *run) takes(m *Message, k kind, p *parts) bool {
	return r.same(m, k, p) && m.At >= r.first && m.At-r.first < runLength
}

// endRuns writes all open runs, the oldest first. The lock is held.
func (w *Writer) endRuns() {
	for {
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
	b = appendMember(b, "type", w.filter.Name(r.typ))
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
	b = strconv.AppendInt(append(b, `,"n":`...), int64(n), 10)
	if len(r.item) > 0 {
		b = appendMember(b, "item", w.id(r.item))
	}
	if r.content > 0 {
		b = strconv.AppendInt(append(b, `,"content":`...), int64(r.content), 10)
	}
	if len(r.response) > 0 {
		b = appendMember(b, "response", w.id(r.response))
	}
	if r.audio > 0 {
		ms := (w.runs.codec(r.kind).length(int(r.audio)) + Millisecond/2) / Millisecond
		b = strconv.AppendInt(append(b, `,"audio_ms":`...), int64(ms), 10)
	}
	return b
}

// id returns an id as it is written.
func (w *Writer) id(id []byte) string { return w.filter.ID(string(id)) }

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
		if p := &x.made[i]; p.content == r.content && string(p.item) == string(r.item) {
			r.at = p.len
			p.len += length
			return
		}
	}
	p := &x.made[x.nextMade]
	x.nextMade = (x.nextMade + 1) % maxParts
	*p = madePart{append(p.item[:0], r.item...), r.content, length}
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
	if len(r.item) > 0 {
		b = appendMember(b, "item", w.id(r.item))
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
		w.front.sound = append(w.front.sound, r.sound...)
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
