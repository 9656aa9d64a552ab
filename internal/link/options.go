package link

import (
	"time"

	"github.com/voicelane/realtime-go/socket"
)

// Options are the bounds of one connection, with every default applied: zero
// switches a bound off. They are shared and never changed.
type Options struct {
	// SendQueueBytes bounds what Put has accepted and the network has not taken,
	// and WriteTimeout the write of one message.
	SendQueueBytes int
	SendPolicy     socket.SendPolicy
	WriteTimeout   time.Duration
	// ReceiveQueueEvents and ReceiveQueueBytes bound what was pushed and not popped.
	ReceiveQueueEvents, ReceiveQueueBytes int
	Overflow                              socket.Overflow
	// ReceiveStall is how often a blocked Push calls Inbox.Stalled.
	ReceiveStall time.Duration
	// ReadLimit bounds one message, as it is without compression.
	ReadLimit int64
	// PingInterval is how long the peer may be silent before it is pinged, and
	// PingTimeout how long it may then stay silent.
	PingInterval, PingTimeout time.Duration
	// CloseTimeout bounds Close. It is always set.
	CloseTimeout time.Duration
	// Compression offers permessage-deflate.
	Compression bool
	// Pong, unless nil, is called on the reader's goroutine with the time between a
	// ping and its answer.
	Pong func(roundTrip time.Duration)
}
