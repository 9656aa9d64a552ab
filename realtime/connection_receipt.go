package realtime

import (
	"context"

	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/socket"
)

// Receipt is for one event that a session accepted, and shows what became of it. It is
// a small value, safe for concurrent use, and stays valid after the end of the session,
// which it keeps in memory.
type Receipt struct {
	// ID is the event_id that the event was accepted with; "" for a message of a
	// [RawSession].
	ID string

	seq uint64
	of  *link.Conn
}

// Fate returns what is known now, without waiting. The fate is final unless it is
// [socket.Pending]. A session that has lost more than a hundred connections forgets its
// oldest fates: they become [socket.Uncertain]. That of the zero Receipt is
// [socket.Unsent].
func (r Receipt) Fate() socket.Fate {
	if r.of == nil {
		return socket.Unsent
	}
	return r.of.Out.Fate(r.seq)
}

// Wait waits until the fate of the event is known: written, uncertain or unsent. Only
// the end of the context is an error; it returns [socket.Pending] with its cause, and
// changes nothing. Why an event was not written is the session's Err, or the Cause of a
// [Reconnected].
func (r Receipt) Wait(ctx context.Context) (socket.Fate, error) {
	if r.of == nil {
		return socket.Unsent, nil
	}
	return r.of.Await(ctx, r.seq)
}
