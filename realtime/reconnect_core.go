package realtime

import (
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audiopool"
	"github.com/voicelane/realtime-go/internal/audiorun"
	"github.com/voicelane/realtime-go/internal/greeting"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/mirror"
)

// core is the part of a session that recovery needs: what outlives a link.
type core struct {
	connection

	in    link.Inbox[delivery]
	desk  desk
	past  atomic.Pointer[history] // nil while nothing needs it
	first greeting.Greeting
	audio audiorun.Merger     // of audio that the taps were not shown yet; the reader's own
	owed  *mirror.Transcripts // nil unless the session only transcribes; set before the reader starts
}

// delivery is an event on its way to the receiver.
type delivery struct {
	event   api.ServerEvent
	told    bool   // a call returns the error that the event holds
	version uint64 // of the history, with the event; 0 without
}

// audioEvents holds the memory of audio events for use again: audio is most of what a
// session receives. Only the receiver of an event knows when it is done with it. One
// that owns its events, such as a caller of Recv, keeps them; one that does not, a
// Mux, puts them into the pool, whatever memory they were decoded into.
// Session.lends decides where memory comes from alone: for owners it is allocated as
// needed, and never taken from the pool.
var audioEvents audiopool.Pool

// free returns the memory of an event that has no receiver.
func (d delivery) free() { audioEvents.Put(d.event) }

// deliver queues an event for the receiver. Size is that of its message.
func (c *core) deliver(d delivery, size int) error {
	if h := c.past.Load(); h != nil {
		d.version = h.Version.Load()
	}
	return c.in.Push(link.Arrival[delivery]{Event: d, Size: size})
}

// tell passes an event of this module to the taps, and queues it for the receiver.
func (c *core) tell(e api.ServerEvent) error {
	c.audio.End()
	c.o.taps.received(e, nil, nil)
	return c.deliver(delivery{event: e}, 0)
}
