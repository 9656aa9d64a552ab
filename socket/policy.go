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
