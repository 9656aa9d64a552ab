package realtime

import (
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/outage"
	"github.com/voicelane/realtime-go/socket"
)

// Reconnect makes a session replace a lost connection. The server drops its session
// with the connection, so that the new one is given the settings and the
// conversation; a call continues at the server and is only rejoined. The session
// receives a [Reconnecting] event before each attempt and a [Reconnected] event after
// the last one. Zero values are the defaults.
//
// Events that are accepted meanwhile wait, within Options.SendQueueBytes, and are
// written afterwards in their order. Items and settings that the old connection took
// without an answer are sent again with the ids that they had, since the new session
// cannot have them: items are sent with an id for that. A deletion or truncation without
// an answer takes effect. Every other event is sent once: one without an answer is
// listed in Reconnected.Unanswered, and one whose write had begun when the connection
// broke is named in Reconnected.Uncertain. A call keeps its session, so that nothing
// is sent again there.
type Reconnect struct {
	// Attempts bounds the dials of one outage; default 5, also when it is negative. A loss
	// within 30 s of a reconnection belongs to the same outage.
	Attempts int
	// InitialDelay, default 500 ms, doubles with each attempt up to MaxDelay, default
	// 8 s; each pause is shortened at random by up to a quarter. A negative InitialDelay
	// means no pause, a negative MaxDelay no limit.
	InitialDelay, MaxDelay time.Duration
	// RestoreTimeout bounds an attempt, dial and restoration, default 30 s, negative:
	// no limit.
	RestoreTimeout time.Duration
	// MaxAge is the age at which the connection to a model is replaced at the next
	// moment without traffic, before the server ends it at 60 minutes; default 55
	// minutes, negative: not replaced.
	MaxAge time.Duration
	// HistoryBytes bounds the copy of the conversation for restoring it, default
	// 8 MiB; the oldest items are dropped first, and listed in Reconnected.Lost. Items
	// of every kind count, by the length of their JSON without audio, and items without
	// an answer by the length of their events.
	HistoryBytes int
}

func (r *Reconnect) resolved() Reconnect {
	c := *r
	if c.Attempts <= 0 {
		c.Attempts = 5
	}
	c.InitialDelay = max(defaulted(c.InitialDelay, outage.InitialDelay), 0)
	c.MaxDelay = defaulted(c.MaxDelay, outage.MaxDelay)
	c.RestoreTimeout = defaulted(c.RestoreTimeout, 30*time.Second)
	c.MaxAge = defaulted(c.MaxAge, 55*time.Minute)
	c.HistoryBytes = defaulted(c.HistoryBytes, 8<<20)
	return c
}

// Reconnecting is an event of this module: the connection is lost and will be dialed
// again after Delay. Its name is "realtime.reconnecting".
type Reconnecting struct {
	api.UnknownServerEvent

	// Attempt counts from 1 to MaxAttempts.
	Attempt, MaxAttempts int
	Delay                time.Duration
	// Cause is why the connection or the attempt before it ended.
	Cause error
	// Interrupted lists the responses that had begun and not ended, as
	// Reconnected.Interrupted.
	Interrupted []string
}

// EventType is "realtime.reconnecting".
func (*Reconnecting) EventType() string { return "realtime.reconnecting" }

// Reconnected is an event of this module: the session continues over a new
// connection. Its name is "realtime.reconnected". The session.created of the new
// connection comes before it.
type Reconnected struct {
	api.UnknownServerEvent

	// Attempts is the number of dials, and Down the time that it took.
	Attempts int
	Down     time.Duration
	// Cause is why the old connection ended; nil when it was replaced for its age.
	Cause error
	// Settings is set when the settings that the old connection had accepted were sent
	// again and accepted.
	Settings bool
	// Restored lists the items that the conversation of the new connection holds, those
	// included that were sent again because the old connection had not confirmed them.
	Restored []string
	// Lost lists the items that it does not hold, and the outputs of function calls
	// that were not sent because their call is lost. An item in both lists came back
	// without a part of its content. An item that was not confirmed and that the new
	// server refuses is here, and its error reaches the request or the receiver too.
	Lost []LostItem
	// Interrupted lists the responses that had begun and not ended. Their response.done
	// does not come, except in a call, where a response continues at the server and may
	// still end. Streams of them, and requests about them, fail with ErrReplaced.
	Interrupted []string
	// Unanswered lists the events that the old connection took, that no answer came
	// for, no request waits for and that are not sent again, such as response.create:
	// they may have taken effect before. Those whose write failed are in Uncertain, too;
	// one that was sent more than 30 seconds before is not remembered.
	Unanswered []Unanswered
	// UncommittedAudio is the input audio in bytes that the server held and that no
	// item had taken up.
	UncommittedAudio int
	// AudioSent is the input audio in bytes that all connections before this one took.
	AudioSent int64
	// Uncertain names the events whose write failed, that are not sent again and change no
	// item: they may or may not have arrived. It also names items that were sent again to a
	// server that confirms none. An event that the network took whole counts as sent,
	// although a connection that breaks may lose its last moments; where that matters use
	// Request, which fails when no answer came.
	Uncertain []socket.Outgoing
}

// EventType is "realtime.reconnected".
func (*Reconnected) EventType() string { return "realtime.reconnected" }

// LostItem is a part of a conversation that a new connection does not hold.
type LostItem struct {
	// ID is the item's id, or CallID that of the call of an output that was not
	// sent, or of the request for an approval whose answer was not.
	ID, CallID string
	Reason     string
}

// Unanswered is an event that was sent and that no answer came for.
type Unanswered struct{ EventID, Type string }

func synthetic(name string) api.UnknownServerEvent {
	return api.UnknownServerEvent{Type: name, Raw: []byte(`{"type":"` + name + `"}`)}
}
