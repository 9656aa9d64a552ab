package recording

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
	if !w.armed {
		w.wake(w.o.FlushEvery)
	}
}

// endMerged writes the runs that wait. The lock is held.
func (w *Writer) endMerged() {
	m := &w.merged
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
	}
	m.n = 0
}
