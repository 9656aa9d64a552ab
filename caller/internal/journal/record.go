package journal

import (
	"bytes"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/recording"
)

// message is a message of a session, for the recording of a call that failed.
type message struct {
	at       time.Duration
	conn     int
	incoming bool
	kind     string
	data     []byte
	fate     recording.Fate
}

// Line is a line of the recording.
type Line struct {
	At   time.Duration
	conn int
	Body recording.Body // nil for a message
	message
}

// Record returns the recording of the call, with descriptions of its steps and notes. It
// ends the journal.
func (j *Journal) Record(steps []string, notes []Line) ([]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []Line
	for _, m := range j.messages {
		all = append(all, Line{At: m.at, conn: m.conn, message: m})
	}
	all = append(append(all, j.events.lines(steps)...), notes...)
	slices.SortStableFunc(all, func(a, b Line) int { return int(a.At - b.At) })
	for _, l := range all {
		at := max(recording.MicrosOf(l.At), 1)
		if l.Body != nil {
			j.recording.AddAt(at, l.conn, l.Body)
			continue
		}
		m := recording.Message{Direction: recording.Out, Conn: l.conn, Type: l.kind, Data: l.data, Fate: l.fate, At: at}
		if l.incoming {
			m.Direction = recording.In
		}
		j.recording.Message(m)
	}
	if err := j.recording.Close(nil); err != nil {
		return nil, err
	}
	return j.recorded.Bytes(), nil
}

// Forget ends the journal of a call that needs no recording.
func (j *Journal) Forget() { _ = j.recording.Close(nil) } // It goes to memory.

// lines returns what the caller knows of the call beside its messages.
func (e *Events) lines(steps []string) (all []Line) {
	add := func(at time.Duration, b recording.Body) { all = append(all, Line{At: at, Body: b}) }
	for _, d := range e.dials {
		all = append(all, Line{At: d.at, conn: d.conn, Body: &recording.Dial{Took: recording.MicrosOf(d.took), Error: d.failure}})
	}
	for i, m := range e.Steps {
		add(m.From, &recording.Note{Text: steps[i]})
	}
	for _, h := range e.align() {
		for _, r := range e.played {
			from, to := max(r.pos, h.pos), min(r.pos+r.Length(), h.pos+h.Heard)
			if from < to {
				began := r.From + from - r.pos
				add(began+to-from, &recording.Heard{
					Item: h.id, From: recording.MicrosOf(from - h.pos), To: recording.MicrosOf(to - h.pos),
					Began: recording.MicrosOf(began), By: recording.ByDevice,
				})
			}
		}
		if h.Cut != nil {
			add(h.Cut.At, &recording.Cut{Item: h.id, Heard: recording.MicrosOf(h.Heard), Made: recording.MicrosOf(h.Made), By: "speech_started"})
		}
	}
	for _, r := range e.Runs {
		add(r.At, &recording.Tool{ID: r.ID, Name: r.Name, Phase: recording.Start, Arguments: r.Arguments})
		if c := e.call(r.ID, r.At); c.Answered > 0 {
			add(c.Answered, &recording.Tool{ID: r.ID, Name: r.Name, Phase: recording.Finished, Took: recording.MicrosOf(c.Answered - r.At), OK: new(true)})
		}
	}
	for _, o := range e.Outages {
		add(o.Lost, &recording.Lost{Code: Abnormal})
		if o.Restored > 0 {
			restored := &recording.Restored{Down: recording.MicrosOf(o.Restored - o.Lost)}
			for _, x := range o.Items {
				restored.Lost = append(restored.Lost, recording.LostItem{Item: x.ID, Why: x.Reason})
			}
			add(o.Restored, restored)
		}
	}
	return all
}

// newRecording returns what a call is recorded with, into memory.
func newRecording(to *bytes.Buffer) *recording.Writer {
	const room = 1 << 30
	return recording.NewWriter(to, &recording.Options{
		By: "realtime-go caller", BufferBytes: room,
		Keep: []recording.Keep{recording.KeepText, recording.KeepTools, recording.KeepAudio, recording.KeepNumbers},
	})
}
