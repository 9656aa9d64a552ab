package socket

// Overflow is what a session does with an event that arrives while the receive
// queue is full.
type Overflow int

const (
	// OverflowBlock stops reading until there is room. Nothing is lost. The
	// server's pings go unanswered meanwhile, so that it may close the connection,
	// which is noticed only by a failed write or when events are received again.
	OverflowBlock Overflow = iota
	// OverflowDropOldest drops the oldest event; a session's Stats counts them.
	OverflowDropOldest
	// OverflowFail ends the session with [ErrReceiveQueueFull].
	OverflowFail
)

// SendPolicy is what Send does while the send queue is full.
type SendPolicy int

const (
	// SendBlock waits for room, as long as the call's context allows.
	SendBlock SendPolicy = iota
	// SendFail returns [ErrSendQueueFull] at once.
	SendFail
)

// Fate is what became of an event that was accepted for sending.
type Fate int

const (
	// Written events were handed to the network whole. A connection that breaks
	// may lose its last moments all the same.
	Written Fate = iota
	// Uncertain events were being written when the connection broke. They may or
	// may not have arrived, and are never repeated.
	Uncertain
	// Unsent events were not written: the session ended first, or a reconnection
	// removed them.
	Unsent
)
