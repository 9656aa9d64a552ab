package realtime

import (
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
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
	owed  *mirror.Transcripts // nil unless the session only transcribes; set before the reader starts
}

// delivery is an event on its way to the receiver.
type delivery struct {
	event   api.ServerEvent
	told    bool   // a call returns the error that the event holds
	version uint64 // of the history, with the event; 0 without
}

// free returns the memory of an event that has no receiver.
func (d delivery) free() { audioEvents.put(d.event) }

// deliver queues an event for the receiver. Size is that of its message.
func (c *core) deliver(d delivery, size int) error {
	if h := c.past.Load(); h != nil {
		d.version = h.Version.Load()
	}
	return c.in.Push(link.Arrival[delivery]{Event: d, Size: size})
}

// tell passes an event of this module to the taps, and queues it for the receiver.
func (c *core) tell(e api.ServerEvent) error {
	c.o.taps.received(e, nil, nil)
	return c.deliver(delivery{event: e}, 0)
}
