// Package journal holds what happens in a call: what the caller does, what comes out of the
// caller's telephone, and what a session sends and receives; and what follows from it.
package journal

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/recording"
)

// Journal is what happens in one call, as it happens. All times count from its beginning.
// Its methods may be called from any goroutine.
type Journal struct {
	Began     time.Time // set once
	recording *recording.Writer
	recorded  bytes.Buffer // what the recording has written, after its end

	mu       sync.Mutex    // guards what follows
	changed  chan struct{} // closed and replaced with each change
	events   Events
	messages []message // those of all sessions
	conns    int       // how many there were
}

// Events are what happened, each kind in order of time.
type Events struct {
	Spoke     []Utterance
	played    []playing // what came out of the caller's telephone, without a gap each
	Audible   []Span    // the parts of it that are not silent, gaps under 200 ms included
	Steps     []Span    // from when each was due to when the next one was
	items     []*item
	Calls     []*ToolCall
	Runs      []Run
	functions functions
	cuts      []cut
	Faults    []fault
	Outages   []outage
	dials     []dial
	responses []*response
	said      []transcript // of the caller
	format    audio.Format // of the session's output
	Connected bool
	Ended     time.Duration // the end of the line; 0 before
}

// Span is a stretch of time.
type Span struct{ From, To time.Duration }

// Length returns how long it is.
func (s Span) Length() time.Duration { return s.To - s.From }

// Utterance is a sound of the caller, or a press of keys, which takes no time.
type Utterance struct {
	Span
	Kind Kind
	Step int
	Text string
}

// Kind is the kind of an utterance.
type Kind int

// The kinds.
const (
	Spoken Kind = iota
	Noise
	Pressed
)

// playing is sound without a gap. pos is the length of the sound before it.
type playing struct {
	Span
	pos time.Duration
}

// item is an answer of the model with audio.
type item struct {
	id, response string
	First        time.Duration // when its first sound arrived
	Made         time.Duration // the length of what has arrived
	text         string
}

// ToolCall is a function call of the model.
type ToolCall struct {
	ID, Name, Arguments string
	At, Answered        time.Duration // Answered is 0 before
	output              string        // the answer
	lost                bool          // with the connection, before the answer
}

// Run is a run of a function.
type Run struct {
	ID, Name, Arguments string
	At                  time.Duration
}

// functions are what a call knows of the functions that the model may call.
type functions struct {
	offered  map[string]bool // by the sessions and responses of the call
	prompted bool            // a stored prompt may offer others
	observed map[string]bool // their runs are noted
}

// cut is a truncation, or a deletion, which leaves nothing.
type cut struct {
	item string
	At   time.Duration
	Kept time.Duration
}

// fault is an error of the server, or the failure of a response.
type fault struct {
	At   time.Duration
	Text string
}

// outage is a lost connection. Restored is 0 while it lasts.
type outage struct {
	Lost, Restored time.Duration
	Items          []realtime.LostItem
}

// dial is an attempt to connect.
type dial struct {
	at, took time.Duration
	conn     int
	failure  string // empty for success
}

type response struct {
	id            string
	created, done time.Duration
}

type transcript struct {
	at   time.Duration
	text string
}

// New returns a journal that begins now. Record or Forget ends it.
func New() *Journal {
	j := &Journal{Began: time.Now(), changed: make(chan struct{}), events: Events{format: audio.PCM24k}}
	j.recording = newRecording(&j.recorded)
	return j
}

// Note changes the journal and wakes callers of Until.
func (j *Journal) Note(f func(now time.Duration, e *Events)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f(time.Since(j.Began), &j.events)
	close(j.changed)
	j.changed = make(chan struct{})
}

// Read calls f, which must not keep e.
func (j *Journal) Read(f func(now time.Duration, e *Events)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f(time.Since(j.Began), &j.events)
}

// Until waits until f returns true. f is called after each change, and after the time that
// it returns, if that is not 0.
func (j *Journal) Until(ctx context.Context, f func(now time.Duration, e *Events) (ok bool, again time.Duration)) error {
	for {
		j.mu.Lock()
		ok, again := f(time.Since(j.Began), &j.events)
		changed := j.changed
		j.mu.Unlock()
		if ok {
			return nil
		}
		var due <-chan time.Time
		if again > 0 {
			due = time.After(again)
		}
		select {
		case <-changed:
		case <-due:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// item returns the item with the id, a new one if there is none.
func (e *Events) item(id string) *item {
	for _, it := range slices.Backward(e.items) {
		if it.id == id {
			return it
		}
	}
	it := &item{id: id}
	e.items = append(e.items, it)
	return it
}

// call returns the function call with the id, a new one if there is none.
func (e *Events) call(id string, now time.Duration) *ToolCall {
	for _, c := range e.Calls {
		if c.ID == id {
			return c
		}
	}
	c := &ToolCall{ID: id, At: now}
	e.Calls = append(e.Calls, c)
	return c
}

// The gaps that are no silence: between two frames of a line whose clock is not exact, and
// within speech.
const (
	frameGap  = 5 * time.Millisecond
	speechGap = 200 * time.Millisecond
)

// Hear adds sound that came out of the telephone.
func (e *Events) Hear(at, length time.Duration, loud bool) {
	end := at + length
	if n := len(e.played); n > 0 && at-e.played[n-1].To < frameGap {
		e.played[n-1].To = end
	} else {
		pos := time.Duration(0)
		if n > 0 {
			pos = e.played[n-1].pos + e.played[n-1].Length()
		}
		e.played = append(e.played, playing{Span: Span{at, end}, pos: pos})
	}
	if !loud {
		return
	}
	if n := len(e.Audible); n > 0 && at-e.Audible[n-1].To < speechGap {
		e.Audible[n-1].To = end
	} else {
		e.Audible = append(e.Audible, Span{at, end})
	}
}

// LastHeard returns when the agent was last audible, 0 if it never was.
func (e *Events) LastHeard() time.Duration {
	if len(e.Audible) == 0 {
		return 0
	}
	return e.Audible[len(e.Audible)-1].To
}

// HeardSince returns how long the agent was audible since then.
func (e *Events) HeardSince(t time.Duration) time.Duration {
	var sum time.Duration
	for _, s := range e.Audible {
		sum += max(s.To-max(s.From, t), 0)
	}
	return sum
}

// Busy reports whether the agent has something to do: a response runs, a call waits for
// its output, or the connection is lost.
func (e *Events) Busy() bool {
	for _, r := range e.responses {
		if r.done == 0 {
			return true
		}
	}
	for _, c := range e.Calls {
		if c.Answered == 0 {
			return true
		}
	}
	return e.offline()
}

// LastDone returns when the agent last had something to do; 0 if it never had.
func (e *Events) LastDone() (last time.Duration) {
	for _, r := range e.responses {
		last = max(last, r.done)
	}
	for _, c := range e.Calls {
		last = max(last, c.Answered)
	}
	for _, o := range e.Outages {
		last = max(last, o.Restored)
	}
	return last
}

// offline reports whether the connection is lost.
func (e *Events) offline() bool {
	n := len(e.Outages)
	return n > 0 && e.Outages[n-1].Restored == 0
}

// Latest returns the texts of the sounds that the caller has made up to now without the
// pause that ends a turn.
func (j *Journal) Latest() string {
	const pause = 500 * time.Millisecond
	var texts []string
	j.Read(func(_ time.Duration, e *Events) {
		next := time.Duration(-1)
		for _, u := range slices.Backward(e.Spoke) {
			if u.Kind == Pressed {
				continue
			}
			if next >= 0 && next-u.To >= pause {
				break
			}
			next = u.From
			texts = append(texts, u.Text)
		}
	})
	slices.Reverse(texts)
	return strings.Join(texts, " ")
}

// Abnormal is the code of a connection that ended without a close frame.
const Abnormal = 1006
