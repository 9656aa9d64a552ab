package socket

import (
	"fmt"
	"io"
	"strconv"
)

// Fate is what became of an event that was accepted for sending. A reconnection may send
// an event again that the server did not answer and that the new connection needs, such as
// a new item: the event keeps the fate of its first write.
type Fate int

const (
	// Pending events wait in the send queue, or are being written.
	Pending Fate = iota
	// Written events were handed to the network whole. A connection that breaks
	// may lose its last moments all the same.
	Written
	// Uncertain events were being written when the connection broke. They may or
	// may not have arrived, and are not repeated, but for those that a reconnection
	// sends again.
	Uncertain
	// Unsent events were not written, not even in part: the session ended first, a
	// reconnection removed them, or TakeUnsent took them out.
	Unsent
)

// String returns the name in lower case.
func (f Fate) String() string {
	switch f {
	case Pending:
		return "pending"
	case Written:
		return "written"
	case Uncertain:
		return "uncertain"
	case Unsent:
		return "unsent"
	default:
		return "Fate(" + strconv.Itoa(int(f)) + ")"
	}
}

// Outgoing names an event that was accepted for sending. It holds nothing of what the
// event says, so that errors and logs may show it.
type Outgoing struct {
	// ID is the event_id that the event was accepted with, and Type its name on the
	// wire. A message of a raw session has neither.
	ID, Type string
	// Bytes is the size of the message.
	Bytes int
}

// UnsentEvent is an event that TakeUnsent took out of a send queue. Printed, it shows
// no more than its Outgoing.
type UnsentEvent struct {
	Outgoing

	// Message is the event as it would have been written. The bytes are the caller's.
	Message []byte
}

// Format prints the event without its message, for every verb.
func (e UnsentEvent) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, fmt.Sprintf("%+v", e.Outgoing))
}
