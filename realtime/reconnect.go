package realtime

import (
	"errors"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Reconnect asks for a lost session to be brought back. The server forgets a
// session with its connection, so a new one is given the settings and the
// conversation of the old; a call goes on at the server and is only rejoined.
// A [Reconnecting] and a [Reconnected] event in the session's own stream tell
// of it. Zero values are the defaults.
//
// What is accepted meanwhile is kept in order within Options.SendQueueBytes
// and written afterwards. Nothing is sent twice: an event whose write had
// begun when the connection broke is counted in Reconnected.Uncertain instead.
type Reconnect struct {
	// Attempts bounds the dials of one outage, default 5.
	Attempts int
	// InitialDelay, default 500 ms, doubles with each attempt up to MaxDelay,
	// default 8 s; each pause is shortened by up to a quarter at random.
	InitialDelay, MaxDelay time.Duration
	// RestoreTimeout bounds an attempt from dial to restored, default 30 s.
	RestoreTimeout time.Duration
	// MaxAge is the age at which a session of a model moves to a new
	// connection at the next quiet moment, before the server ends it at 60
	// minutes; default 55 minutes, negative never.
	MaxAge time.Duration
	// HistoryBytes bounds what is kept of the conversation to restore it,
	// default 8 MiB; the oldest items go first.
	HistoryBytes int
}

func (r *Reconnect) resolved() Reconnect {
	c := *r
	if c.Attempts <= 0 {
		c.Attempts = 5
	}
	c.InitialDelay = max(defaulted(c.InitialDelay, 500*time.Millisecond), 0)
	c.MaxDelay = defaulted(c.MaxDelay, 8*time.Second)
	c.RestoreTimeout = defaulted(c.RestoreTimeout, 30*time.Second)
	c.MaxAge = defaulted(c.MaxAge, 55*time.Minute)
	c.HistoryBytes = defaulted(c.HistoryBytes, 8<<20)
	return c
}

// Reconnecting is an event of this module: the connection is lost and will be
// dialed again after Delay. Its wire name is "realtime.reconnecting".
type Reconnecting struct {
	api.UnknownServerEvent

	// Attempt counts from 1 to the most that will be made.
	Attempt, MaxAttempts int
	Delay                time.Duration
	// Cause is why the connection, or the attempt before, ended.
	Cause error
}

// EventType is "realtime.reconnecting".
func (*Reconnecting) EventType() string { return "realtime.reconnecting" }

// Reconnected is an event of this module: the session goes on over a new
// connection. Its wire name is "realtime.reconnected". The new session's own
// session.created came before it.
type Reconnected struct {
	api.UnknownServerEvent

	// Attempts is how many dials it took, and Down how long.
	Attempts int
	Down     time.Duration
	// Cause is why the old connection ended; nil when it was left for its age.
	Cause error
	// Settings tells that the session's settings were sent again and accepted.
	Settings bool
	// Restored lists the conversation's items that the new session holds.
	Restored []string
	// Lost lists those that it does not, with the reason, and the outputs of
	// function calls that were waiting to be sent and have no call any more.
	Lost []LostItem
	// Interrupted lists the responses that were under way.
	Interrupted []string
	// UncommittedAudio is how many bytes of input audio the old session held
	// that no item had taken up.
	UncommittedAudio int
	// Uncertain counts events whose write failed halfway: they may or may not
	// have arrived. What the network had taken in whole counts as sent, though
	// a connection that breaks may lose its last moments too; for effects that
	// matter, use Request, which tells of an answer that never came.
	Uncertain int
}

// EventType is "realtime.reconnected".
func (*Reconnected) EventType() string { return "realtime.reconnected" }

// LostItem is a part of a conversation that a new session does not hold.
type LostItem struct {
	// ID is the item's id, or CallID that of an output that was not sent.
	ID, CallID string
	Reason     string
}

// ErrReplaced says that the connection was replaced before an answer came.
// What the request asked for may have happened in the old session.
var ErrReplaced = errors.New("realtime: the connection was replaced before the answer came")

func synthetic(name string) api.UnknownServerEvent {
	return api.UnknownServerEvent{Type: name, Raw: []byte(`{"type":"` + name + `"}`)}
}
