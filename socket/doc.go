// Package socket holds what the WebSocket connections of all sessions have in common:
// the errors with which they end, and the policies of their queues.
//
// Sessions return these errors. Test the sentinels with [errors.Is], and the types with
// [errors.AsType]. After a normal end, receiving returns [io.EOF] and none of these.
package socket
