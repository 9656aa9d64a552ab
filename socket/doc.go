// Package socket holds the words for a WebSocket connection that all sessions
// share: how it ended, and what its queues do when they are full.
//
// Sessions return these errors. Test the sentinels with [errors.Is], and get at
// the types with [errors.AsType]. An end in good order is [io.EOF] where events are
// received, and none of these.
package socket
