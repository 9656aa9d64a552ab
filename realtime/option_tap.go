package realtime

import (
	"slices"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audiorun"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/socket"
)

// Event is what the server events of all kinds of session have in common. A type
// switch finds the event's own type, such as [*api.ResponseDone].
type Event interface {
	// EventType is the name of the event on the wire, as it arrived.
	EventType() string
}

// Tap observes one session: a meter, a trace or a recording. A session may have
// several taps, which are called in order. Each func is called on a goroutine of the
// session, must be fast, and must call no method of the session that waits. What it
// is given is lent: event, audio and message are overwritten after the last tap has
// returned, unless a receiver of the event owns them. A nil func costs nothing, and
// taps take no memory of their own. With many sessions most of what a tap costs is the
// memory that each piece of the model's audio fetches: see Audio.
type Tap struct {
	// Received is called for each message that arrived, in the order of the wire, by
	// one goroutine, before requests and receivers have the event. A message that is
	// no event has a nil event and the error; with a [RawSession] both are nil. The events
	// of a reconnection, [*Reconnecting] and [*Reconnected] and those of translations, have
	// a nil message.
	Received func(e Event, malformed error, message []byte)
	// Audio, if not nil, is called for each run of the model's audio, instead of Received
	// for each response.output_audio.delta of a [Session]. A run ends before Received is
	// called for any other message but a response.output_audio_transcript.delta, which
	// servers send between the pieces: the run then follows transcripts that are later
	// than its first piece. It also ends before a reconnection and before Ended, and at a
	// piece of other audio or four seconds after its first piece. If nothing follows a run
	// for some five seconds, it ends then, on another goroutine, while Received does not run.
	Audio func(run AudioRun)
	// SkipAudio has Received not called for response.output_audio.delta of a [Session],
	// for a tap that needs neither the pieces nor the runs.
	SkipAudio bool
	// Sending is called before a message is written, in the order of the wire; the
	// write overwrites the message. The type is "" with a [RawSession]. Sending and Sent
	// may run inside of a Send: they must take no lock that is held during one, as an
	// agent's Conversation holds its own, and so must call no method of it.
	Sending func(eventType string, message []byte)
	// Sent is called once after each Sending, with [socket.Written] or
	// [socket.Uncertain]; and once, with [socket.Unsent], for each event that the
	// program sent and that is never written. The bytes are the size of the message
	// without the frame's header. A reconnection writes more messages than the program
	// sent, and some of them again: each of these writes counts.
	Sent func(eventType string, bytes int, fate socket.Fate)
	// Dropped is called for each event that a full receive queue dropped.
	Dropped func(eventType string)
	// Pong is called when the answer to a ping of this side arrived.
	Pong func(roundTrip time.Duration)
	// Dialed is called after each attempt to connect.
	Dialed func(took time.Duration, err error)
	// Ended is called once, with what Err returns from now on.
	Ended func(err error)
}

// AudioRun is response.output_audio.delta events of one content part that arrived one after
// another within four seconds.
type AudioRun struct {
	// EventType is response.output_audio.delta, or the older name of the first event.
	EventType string
	// ResponseID, ItemID and ContentIndex are those of each event.
	ResponseID, ItemID string
	ContentIndex       int
	// Deltas is the number of events, MessageBytes the sum of their sizes as messages, and
	// AudioBytes the length of their audio, decoded.
	Deltas                   int
	MessageBytes, AudioBytes int64
	// First and Last are when the first and the last event arrived, and Gap is the longest
	// time between two in a row; 0 if there is one.
	First, Last time.Time
	Gap         time.Duration
}

// taps are the taps of one session, side by side: with many sessions, each pointer that an
// event follows costs more than a tap's work.
type taps []Tap

// usable returns the taps without nil ones; nil when there are none.
func usable(list []*Tap) (t taps) {
	for _, tap := range list {
		if tap != nil {
			t = append(t, *tap)
		}
	}
	return t
}

func (t taps) received(e Event, malformed error, message []byte) {
	for i := range t {
		if tap := &t[i]; tap.Received != nil {
			tap.Received(e, malformed, message)
		}
	}
}

func (t Tap) wantsDeltas() bool { return t.Received != nil && t.Audio == nil && !t.SkipAudio }

func (t taps) delta(e *api.ResponseOutputAudioDelta, message []byte) {
	for i := range t {
		if tap := &t[i]; tap.wantsDeltas() {
			tap.Received(e, nil, message)
		}
	}
}

// audio returns a func that calls those of the taps, nil if there are none.
func (t taps) audio() (all func(audiorun.Summary)) {
	for i := range t {
		switch before, next := all, t[i].Audio; {
		case next == nil:
		case before == nil:
			all = func(run audiorun.Summary) { next(AudioRun(run)) }
		default:
			all = func(run audiorun.Summary) { before(run); next(AudioRun(run)) }
		}
	}
	return all
}

// watcher returns the taps as a watcher of the link; nil when there are none.
func (t taps) watcher() link.Watcher {
	if t == nil {
		return nil
	}
	return t
}

// Sending runs before a message is written.
func (t taps) Sending(f link.Frame) {
	for i := range t {
		if tap := &t[i]; tap.Sending != nil {
			tap.Sending(f.Kind, link.Message(*f.Buf))
		}
	}
}

// Sent runs when the fate of a message is known.
func (t taps) Sent(f link.Frame, size int, fate socket.Fate) {
	for i := range t {
		if tap := &t[i]; tap.Sent != nil {
			tap.Sent(f.Kind, size, fate)
		}
	}
}

func (t taps) dropped(eventType string) {
	for i := range t {
		if tap := &t[i]; tap.Dropped != nil {
			tap.Dropped(eventType)
		}
	}
}

// pong returns the func for the link, or nil when no tap has one: the link then
// does not look at pongs.
func (t taps) pong() func(time.Duration) {
	if !slices.ContainsFunc(t, func(tap Tap) bool { return tap.Pong != nil }) {
		return nil
	}
	return func(d time.Duration) {
		for i := range t {
			if tap := &t[i]; tap.Pong != nil {
				tap.Pong(d)
			}
		}
	}
}

func (t taps) dialed(took time.Duration, err error) {
	for i := range t {
		if tap := &t[i]; tap.Dialed != nil {
			tap.Dialed(took, err)
		}
	}
}

func (t taps) ended(err error) {
	for i := range t {
		if tap := &t[i]; tap.Ended != nil {
			tap.Ended(err)
		}
	}
}
