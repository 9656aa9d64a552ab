package tap

import (
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/bytepool"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/socket"
)

// Recorder records one session, through its reconnections. All methods may be called from
// any goroutine.
type Recorder struct {
	w *recording.Writer

	mu      sync.Mutex // guards what follows; the writer's lock comes after it
	conn    int        // of the present connection, from 1
	attempt int        // of the present outage
	down    bool
	end     *recording.End
	sending *[]byte // the message that is being written; nil between two
	began   recording.Micros
	dropped int              // events that no line names yet
	told    recording.Micros // when the last such line was written
	heard   heard
	turns   int
}

// New returns a recorder that writes to w, which it closes.
func New(w *recording.Writer) *Recorder {
	return &Recorder{w: w}
}

// Writer returns the recorder's writer, for lines of the program's own.
func (r *Recorder) Writer() *recording.Writer { return r.w }

// Close writes what waits and the end of the recording, and closes it. Close the session
// first. It blocks for the destination, and returns its first error.
func (r *Recorder) Close() error {
	r.mu.Lock()
	r.heard.flush(r.w)
	r.tellDropped()
	end := r.end
	r.mu.Unlock()
	return r.w.Close(end)
}

// Session returns the observer for Options.Taps of the session.
func (r *Recorder) Session() *realtime.Tap {
	w := r.w // The recorder's own memory is not needed for sound.
	t := &realtime.Tap{
		Received: func(e realtime.Event, malformed error, message []byte) {
			if malformed != nil || message == nil || !piece(w, e, message) {
				r.received(e, malformed, message)
			}
		},
		Sending: r.onSending, Sent: r.onSent, Dropped: r.onDropped, Dialed: r.dialed, Ended: r.ended,
	}
	if !w.Keeps(recording.KeepAudio) && !w.Keeps(recording.KeepFrames) {
		t.Audio = func(a realtime.AudioRun) {
			w.AudioRun(&recording.AudioRun{
				Type: a.EventType, Item: a.ItemID, Content: a.ContentIndex, Response: a.ResponseID,
				N: a.Deltas, Bytes: a.MessageBytes, Audio: a.AudioBytes,
				At: w.At(a.First), Span: recording.MicrosOf(a.Last.Sub(a.First)), Gap: recording.MicrosOf(a.Gap),
			})
		}
	}
	return t
}

// piece records a message whose sound or piece of text was decoded already, so that it is
// not read again. It reports whether it did.
func piece(w *recording.Writer, e realtime.Event, message []byte) bool {
	m := recording.Message{Direction: recording.In, Data: message}
	switch e := e.(type) {
	case *api.ResponseOutputAudioDelta:
		m.Type = e.EventType()
		w.Piece(m, &recording.Piece{Item: e.ItemID, Content: e.ContentIndex, Response: e.ResponseID, Sound: e.Delta})
	case *api.ResponseOutputAudioTranscriptDelta:
		m.Type = e.EventType()
		w.Piece(m, &recording.Piece{Item: e.ItemID, Content: e.ContentIndex, Response: e.ResponseID})
	default:
		return false
	}
	return true
}

// received is called for each other message.
func (r *Recorder) received(e realtime.Event, malformed error, message []byte) {
	if message == nil {
		r.reconnection(e)
		return
	}
	m := recording.Message{Direction: recording.In, Data: message}
	if e != nil {
		m.Type = e.EventType()
	}
	r.mu.Lock()
	r.tellDropped()
	m.Conn = max(r.conn, 1)
	r.mu.Unlock()
	r.w.Message(m)
	if malformed != nil {
		r.w.Add(m.Conn, &recording.Failure{What: "malformed"})
	}
}

// onSending keeps a message until its fate is known: the write overwrites it.
func (r *Recorder) onSending(_ string, message []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sending == nil {
		r.sending = messages.Get()
	}
	*r.sending = append((*r.sending)[:0], message...)
	r.began = r.w.Now()
}

// messages lends the memory of messages while they are written.
var messages = bytepool.Pool{Most: 64 << 10}

// onSent is called with the fate of a message.
func (r *Recorder) onSent(eventType string, bytes int, fate socket.Fate) {
	m := recording.Message{Direction: recording.Out, Type: eventType, Bytes: bytes, Fate: recording.FateWritten}
	r.mu.Lock()
	defer r.mu.Unlock()
	m.Conn = max(r.conn, 1)
	switch fate {
	case socket.Unsent:
		m.Fate = recording.FateUnsent
	case socket.Uncertain:
		m.Fate = recording.FateUncertain
		fallthrough
	default:
		if r.sending == nil {
			break
		}
		m.Data, m.At, m.Wrote = *r.sending, r.began, r.w.Now()
	}
	r.w.Message(m)
	if fate != socket.Unsent && r.sending != nil {
		messages.Put(r.sending)
		r.sending = nil
	}
}

// onDropped counts an event that a full queue dropped.
func (r *Recorder) onDropped(string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropped++
	if r.w.Now()-r.told > recording.Second {
		r.tellDropped()
	}
}

// tellDropped writes how many events were dropped. The lock is held.
func (r *Recorder) tellDropped() {
	if r.dropped == 0 {
		return
	}
	r.w.Add(max(r.conn, 1), &recording.Queue{Direction: recording.In, Dropped: r.dropped})
	r.dropped, r.told = 0, r.w.Now()
}

// dialed is called after each attempt to connect.
func (r *Recorder) dialed(took time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempt++
	d := &recording.Dial{Took: recording.MicrosOf(took), Attempt: r.attempt}
	if err != nil {
		d.Error, d.Status = kindOf(err), statusOf(err)
	}
	r.w.Add(r.conn+1, d)
	if err == nil {
		r.conn++
		r.attempt, r.down = 0, false
	}
}

// reconnection is called for the events of a reconnection.
func (r *Recorder) reconnection(e realtime.Event) {
	switch e := e.(type) {
	case *realtime.Reconnecting:
		r.lost(e.Cause)
	case *realtime.TranslationReconnecting:
		r.lost(e.Cause)
	case *realtime.Reconnected:
		b := &recording.Restored{
			Attempts: e.Attempts, Down: recording.MicrosOf(e.Down), Items: len(e.Restored), Interrupted: e.Interrupted,
			SentLost: recording.Micros(int64(e.UncommittedAudio) * int64(recording.Second) / realtime.RatePCM),
		}
		for _, l := range e.Lost {
			item := l.ID
			if item == "" {
				item = l.CallID
			}
			b.Lost = append(b.Lost, recording.LostItem{Item: item, Why: l.Reason})
		}
		r.restored(b)
	case *realtime.TranslationReconnected:
		r.restored(&recording.Restored{Attempts: e.Attempts, Down: recording.MicrosOf(e.Down), SentLost: recording.MicrosOf(e.Untranslated)})
	default:
	}
}

// lost writes the loss of a connection once.
func (r *Recorder) lost(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down {
		return
	}
	r.down = true
	r.w.Add(max(r.conn, 1), lossOf(cause))
}

func (r *Recorder) restored(b *recording.Restored) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = false
	r.w.Add(max(r.conn, 1), b)
}

// ended is called once, with the session's error.
func (r *Recorder) ended(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard.flush(r.w)
	r.tellDropped()
	end, isLost := endOf(err)
	if isLost && !r.down {
		r.w.Add(max(r.conn, 1), lossOf(err))
	}
	r.end = end
}
